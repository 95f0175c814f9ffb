import { execFile, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../prepare/cache.mjs';
import { progress } from '../prepare/progress.mjs';
import { ENGINE_SOURCE_SUM, ENGINE_VERSION } from './engine.ts';

const module = 'github.com/temporalio/cli';
const PROBE_MS = 10_000;
const DOWNLOAD_MS = 120_000;

/**
 * Builds the engine from its published source: some minutes, during which it shows that it lives. The source is compared with
 * the sum that we know, and everything below it with its own go.sum: `go install` would take whatever sums a proxy and
 * the checksum database agree on, and with GONOSUMDB or GOFLAGS none at all.
 *
 * @throws Error saying why not, in a few words.
 */
export async function buildEngine(into: string, env = process.env): Promise<void> {
  const go = findGo(env);
  if (!go) throw new Error('"go" is not on PATH');
  const settings = environment(env);
  await probe(go, settings);
  const source = await fetchSource(go, settings);
  await progress('Building the engine with Go, 3 to 10 minutes, once for this machine', (say) =>
    compile(go, { source, into, env: settings }, say),
  );
}

/** On PATH, or where its installer puts it. */
export function findGo(env = process.env): string | undefined {
  const folders = [...(env.PATH ?? '').split(delimiter).filter(Boolean), env.GOROOT_BIN ?? '/usr/local/go/bin'];
  return folders
    .map((folder) => join(folder, 'go'))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

function environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const settings = { ...env, CGO_ENABLED: '0', GO111MODULE: 'on', GOWORK: 'off' };
  if (env.HOME) return settings;
  // Go refuses to work without a home for its caches.
  return { ...settings, GOPATH: join(cacheFolder(env), 'go'), GOCACHE: join(cacheFolder(env), 'go-build') };
}

async function probe(go: string, env: NodeJS.ProcessEnv): Promise<void> {
  try {
    await promisify(execFile)(go, ['list', '-m', `${module}@v${ENGINE_VERSION}`], { env, timeout: PROBE_MS });
  } catch (error) {
    const { stderr, killed } = error as { stderr?: string; killed?: boolean };
    const said = stderr?.trim().split('\n').at(-1);
    throw new Error(killed ? `the Go module proxy did not answer within ${PROBE_MS / 1000} s` : said || 'Go failed');
  }
}

/** @returns the folder of the source @throws Error where it is not the one we know */
async function fetchSource(go: string, env: NodeJS.ProcessEnv): Promise<string> {
  const wanted = ['mod', 'download', '-json', `${module}@v${ENGINE_VERSION}`];
  const { stdout } = await promisify(execFile)(go, wanted, { env, timeout: DOWNLOAD_MS });
  const { Dir: folder, Sum: sum } = JSON.parse(stdout) as { Dir?: string; Sum?: string };
  if (!folder || sum !== ENGINE_SOURCE_SUM) throw new Error('what came is not the published source (its sum is wrong)');
  return folder;
}

/** `-v` names what is fetched and each of about 900 packages as it is compiled. `-mod=readonly`: a module that go.sum does not name is refused. */
function compile(
  go: string,
  { source, into, env }: { source: string; into: string; env: NodeJS.ProcessEnv },
  say: (detail: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(go, ['build', '-v', '-mod=readonly', '-o', join(into, 'temporal'), './cmd/temporal'], {
      cwd: source,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const end = () => child.kill();
    process.once('exit', end);
    const last: string[] = [];
    let compiled = 0;
    child.stderr.on('data', (data: Buffer) => {
      for (const line of String(data).split('\n').filter(Boolean)) {
        last.push(line);
        if (last.length > 5) last.shift();
        if (line.startsWith('go: downloading')) say(line.slice(4, 80));
        else {
          compiled += 1;
          say(`${compiled} packages compiled, now ${line.slice(0, 60)}`);
        }
      }
    });
    child.on('error', reject);
    child.on('close', (code) => {
      process.off('exit', end);
      if (code === 0) resolve();
      else reject(new Error(`Go could not build it: ${last.join(' | ')}`));
    });
  });
}
