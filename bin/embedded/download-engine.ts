import { createHash } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fileInTar } from '../prepare/node.mjs';
import { progress } from '../prepare/progress.mjs';
import { ENGINE_VERSION, officialArchive } from './engine.ts';

/** A host that cannot be reached may hang instead of refusing, before it answers or in the middle. */
const PATIENCE_MS = 10_000;

/**
 * Fetches the official archive and unpacks `temporal` into a folder.
 *
 * @throws Error saying why not, in a few words.
 */
export async function downloadEngine(into: string, env = process.env, patience = PATIENCE_MS): Promise<void> {
  const archive = officialArchive();
  if (!archive) throw new Error(`there is none for ${process.platform} on ${process.arch}`);
  const refusals: string[] = [];
  for (const url of addresses(archive, env)) {
    try {
      const bytes = await progress(`Getting the engine from ${new URL(url).host}`, (say) =>
        fetchAll(url, patience, say),
      );
      unpack(bytes, archive.sha256, into);
      return;
    } catch (error) {
      refusals.push(`${new URL(url).host}: ${(error as Error).message}`);
    }
  }
  throw new Error(refusals.join('; '));
}

function addresses({ platform, arch }: { platform: string; arch: string }, env: NodeJS.ProcessEnv): string[] {
  if (env.TEMPORAL_DOWNLOAD_URL) return [env.TEMPORAL_DOWNLOAD_URL];
  return [
    `https://temporal.download/cli/archive/v${ENGINE_VERSION}?platform=${platform}&arch=${arch}`,
    `https://github.com/temporalio/cli/releases/download/v${ENGINE_VERSION}/temporal_cli_${ENGINE_VERSION}_${platform}_${arch}.tar.gz`,
  ];
}

async function fetchAll(url: string, patience: number, say: (detail: string) => void): Promise<Buffer> {
  const stop = new AbortController();
  const giveUp = () => stop.abort(new Error(`no answer for ${patience / 1000} s`));
  let timer = setTimeout(giveUp, patience);
  try {
    const answer = await fetch(url, { signal: stop.signal });
    if (!answer.ok || !answer.body) throw new Error(`it answered ${answer.status}`);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of answer.body) {
      clearTimeout(timer);
      timer = setTimeout(giveUp, patience);
      chunks.push(chunk);
      size += chunk.length;
      say(`${Math.round(size / 1e6)} MB`);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    throw new Error(reasonOf(stop.signal.aborted ? stop.signal.reason : error));
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string } };
  return cause?.code ?? message;
}

function unpack(bytes: Buffer, sha256: string, into: string): void {
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) throw new Error('what came is not the official archive (its SHA-256 is wrong)');
  const binary = join(into, 'temporal');
  writeFileSync(binary, fileInTar(gunzipSync(bytes), 'temporal'));
  chmodSync(binary, 0o755);
}
