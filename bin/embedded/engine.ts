import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheFolder } from '../prepare/cache.mjs';

/** Server 1.29.1, Web UI 2.42.1. */
export const ENGINE_VERSION = '1.5.1';

/** SHA-256 of the official archives (`linux-amd64` …), so that nothing else is ever run. */
const archives: Record<string, string> = {
  'linux-amd64': 'ddc95e08b0b076efd4ea9733a3f488eb7d2be875f8834e616cd2a37358b4852d',
  'linux-arm64': 'bd1b0db9f18b051026de8bf6cc1505f2510f14bbb7a8b9a4a91fff46c77454f5',
  'darwin-amd64': 'bbb73e2a31135abe50a1f1cdb35030c42961df618e8ce9c60ae89f201540c5d9',
  'darwin-arm64': 'cca01b7ea35ad56e2a328d9ae596bf716bd22313ef63c7a761c88354457c2415',
};

/**
 * What Go's sum of the published source is (`go mod download -json`), so that nothing else is ever built. Its go.sum names the sum
 * of every module below it.
 */
export const ENGINE_SOURCE_SUM = 'h1:0RZMk14BWxz44Xg6ciDQvpfAMffoG3J7/K03ql80teY=';

/** The official archive for this machine, undefined where there is none. */
export function officialArchive(): { platform: string; arch: string; sha256: string } | undefined {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const sha256 = archives[`${process.platform}-${arch}`];
  return sha256 ? { platform: process.platform, arch, sha256 } : undefined;
}

/** Where a fetched or built engine is kept: by version and where it comes from. */
export function engineFolders(env = process.env): { downloaded: string; built: string } {
  const name = `temporal-${ENGINE_VERSION}-${process.platform}-${process.arch}`;
  const checksum = officialArchive()?.sha256.slice(0, 12) ?? 'none';
  return {
    downloaded: join(cacheFolder(env), `${name}-${checksum}`),
    built: join(cacheFolder(env), `${name}-go`),
  };
}

/**
 * The engine's command line where it is there already: TEMPORAL_CLI, on PATH, or in the cache.
 *
 * @throws Error when TEMPORAL_CLI names nothing that runs.
 */
export function engineAtHand(env = process.env): string | undefined {
  const named = env.TEMPORAL_CLI;
  if (named) {
    if (isExecutable(named)) return named;
    throw new Error(`TEMPORAL_CLI names ${named}, which is not there or cannot be run.`);
  }
  const onPath = (env.PATH ?? '').split(delimiter).filter(Boolean);
  const { downloaded, built } = engineFolders(env);
  return [...onPath, downloaded, built].map((folder) => join(folder, 'temporal')).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
