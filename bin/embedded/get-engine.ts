import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { putInPlace } from '../prepare/node.mjs';
import { buildEngine, findGo } from './build-engine.ts';
import { downloadEngine } from './download-engine.ts';
import { ENGINE_VERSION, engineAtHand, engineFolders } from './engine.ts';

/** Why one way of getting the engine was not taken. */
type Refusal = { way: string; why: string };

/**
 * The engine's command line, in this order: TEMPORAL_CLI or PATH, the cache, the official download,
 * built with Go. What is fetched or built is kept in the cache once it has run.
 *
 * @param patience in ms, how long a host may stay silent
 * @throws Error with one sentence that names every way and why it failed.
 */
export async function getEngine(env = process.env, patience = 10_000): Promise<string> {
  const atHand = engineAtHand(env);
  if (atHand) return atHand;
  const { downloaded, built } = engineFolders(env);
  const refusals: Refusal[] = [];
  for (const [way, folder, make] of [
    ['the official download', downloaded, (into: string) => downloadEngine(into, env, patience)],
    ['a Go toolchain', built, (into: string) => buildEngine(into, env)],
  ] as const) {
    try {
      return await keep(folder, make);
    } catch (error) {
      const why = (error as Error).message;
      refusals.push({ way, why });
      if (way === 'the official download' && findGo(env))
        console.error(`The official download is not to be had (${why}).`);
    }
  }
  throw new Error(nothingWorked(refusals));
}

async function keep(folder: string, make: (into: string) => Promise<void>): Promise<string> {
  mkdirSync(dirname(folder), { recursive: true });
  const partial = mkdtempSync(`${folder}.part-`);
  const removePartial = () => rmSync(partial, { recursive: true, force: true });
  process.once('exit', removePartial);
  try {
    await make(partial);
    await tryIt(join(partial, 'temporal'));
    if (existsSync(folder)) rmSync(folder, { recursive: true });
    putInPlace(partial, folder);
    return join(folder, 'temporal');
  } finally {
    removePartial();
    process.off('exit', removePartial);
  }
}

/** A file counts as an engine once it has run. */
async function tryIt(binary: string): Promise<void> {
  const { stdout } = await promisify(execFile)(binary, ['--version'], { timeout: 20_000 });
  if (!stdout.includes('temporal version')) throw new Error(`${binary} is not the Temporal command line`);
}

function nothingWorked(refusals: Refusal[]): string {
  const tried = refusals.map(({ way, why }) => `${way} (${why})`).join(', ');
  return `The workflow engine (Temporal ${ENGINE_VERSION}) cannot be had. Tried: TEMPORAL_ADDRESS (not set), TEMPORAL_CLI (not set), "temporal" on PATH (not there), the cache (not there), ${tried}. Do one of these: connect to the network, install Go from https://go.dev, install the Temporal CLI from https://docs.temporal.io/cli, or set TEMPORAL_ADDRESS to a server of your own; then run the same command again.`;
}
