import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs, parseEnv } from 'node:util';
import { writeDemoKeys } from '../platform/keys.ts';
import { ask } from './admin/ask.ts';
import { linesOfGates } from './keys/made-keys.ts';
import { top } from './prepare/machine.mjs';
import { accountsHere, giveTo } from './production/accounts.ts';
import { envGroups, type Office } from './production/env-entries.ts';
import { completeEnvFile, emptyNames } from './production/env-file.ts';

/**
 * npm run setup:production -- [--host visits.example.edu[:port]] [--tls internal|<address>|<files>] [--gate south] [--folder .]:
 * writes what `docker-compose.yml` needs beside it: `.env` with a secret of its own for each door, one folder of keys a
 * process in `keys/`, the example gate's folder in `stores/`, and `backups/`. Asks for the host where no flag says it. Run again it
 * changes nothing that is there.
 */
const options = {
  host: { type: 'string' },
  tls: { type: 'string', default: 'internal' },
  gate: { type: 'string', default: 'south' },
  folder: { type: 'string', default: top },
} as const;

try {
  await setUp();
  process.exit(0);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

async function setUp(): Promise<void> {
  const { values: flags } = parseArgs({ options });
  const folder = resolve(process.env.INIT_CWD ?? '.', flags.folder);
  const file = join(folder, '.env');
  const there = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  const host = there.PUBLIC_URL ? new URL(there.PUBLIC_URL).host : (flags.host ?? (await ask('Public host name: ')));
  requireForm({ host, gate: flags.gate });

  const accounts = accountsHere();
  const office: Office = { host, tls: flags.tls, gate: there.GATE_ID ?? flags.gate, accounts };
  const groups = envGroups(office);
  mkdirSync(folder, { recursive: true });
  const added = completeEnvFile(file, groups);
  const owners = parseEnv(readFileSync(file, 'utf8'));
  const keys = await writeDemoKeys(join(folder, 'keys'), [office.gate], { keepPins: false });
  giveTo(owners.WEB_ACCOUNT ?? accounts.web, keys.web);
  giveTo(owners.WORKER_ACCOUNT ?? accounts.worker, keys.worker);
  giveTo(owners.DOOR_ACCOUNT ?? accounts.door, keys.door);
  giveTo(owners.GATE_ACCOUNT ?? accounts.gate, join(folder, 'keys', `gate-${office.gate}`));
  giveTo(owners.GATE_ACCOUNT ?? accounts.gate, join(folder, 'stores', `gate-${office.gate}`));

  mkdirSync(join(folder, 'backups'), { recursive: true, mode: 0o700 });

  console.log(added.length > 0 ? `${file} has now: ${added.join(', ')}.` : `${file} had everything.`);
  for (const line of linesOfGates(keys)) console.log(line);
  const empty = emptyNames(file, groups);
  console.log(
    empty.length > 0
      ? `Still to be filled in, by hand: ${empty.join(', ')}. What goes where is in docs/production.md.`
      : 'Nothing has to be filled in any more.',
  );
  if (!owners.SMTP_URL) console.log('SMTP_URL and MAIL_FROM are empty: staff get no mail.');
}

function requireForm({ host, gate }: { host: string; gate: string }): void {
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/i.test(host))
    throw new Error(`"${host}" is no host name: visits.example.edu`);
  if (!/^[a-z][a-z0-9-]{1,30}$/.test(gate))
    throw new Error(`"${gate}" is no id of a gate: small letters, digits and -`);
}
