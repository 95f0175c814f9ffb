import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { findGo } from '../../bin/embedded/build-engine.ts';
import { cacheFolder } from '../../bin/prepare/cache.mjs';
import { run } from './command.ts';

/** What the images of the compose file hold, from the same sources in the same versions, where no image can be fetched. */
export const goBinaries = {
  caddy: 'github.com/caddyserver/caddy/v2/cmd/caddy@v2.11.9',
  'temporal-server': 'go.temporal.io/server/cmd/server@v1.29.1',
  'temporal-sql-tool': 'go.temporal.io/server/cmd/tools/sql@v1.29.1',
  'ui-server': 'github.com/temporalio/ui-server/v2/cmd/server@v2.42.1',
};
export type GoBinary = keyof typeof goBinaries;

/** Built once a machine, some minutes each. @returns its path, or undefined where there is no Go. */
export async function goBinary(name: GoBinary): Promise<string | undefined> {
  const [source = '', version = ''] = goBinaries[name].split('@');
  const folder = join(cacheFolder(), `go-${name}-${version}`);
  const file = join(folder, name);
  if (existsSync(file)) return file;
  const go = findGo();
  if (!go) return undefined;
  mkdirSync(folder, { recursive: true });
  const env = { CGO_ENABLED: '0', GOBIN: folder, GO111MODULE: 'on', GOFLAGS: '-trimpath' };
  await run(go, ['install', goBinaries[name]], { env, minutes: 20 });
  renameSync(join(folder, source.split('/').at(-1) ?? ''), file);
  return file;
}
