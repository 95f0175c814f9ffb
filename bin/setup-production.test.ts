import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readGateKeys, readWebKeys, readWorkerKeys } from '../platform/keys.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { takenOffPages } from '../testing/tried-commands/taken-off.ts';

const script = fileURLToPath(new URL('setup-production.ts', import.meta.url));
const setUp = (folder: string, flags: string[], typed = '') =>
  spawnSync(process.execPath, ['--no-warnings', script, '--folder', folder, ...flags], {
    input: typed,
    encoding: 'utf8',
  });
/** Every file with what it holds, whose it is and who may read it. */
const everythingIn = (folder: string) =>
  globSync('**', { cwd: folder })
    .toSorted()
    .map((name) => {
      const { mode, uid, mtimeMs } = statSync(join(folder, name));
      const isFile = statSync(join(folder, name)).isFile();
      return [name, (mode & 0o777).toString(8), uid, isFile && [mtimeMs, readFileSync(join(folder, name), 'utf8')]];
    });

const folder = temporaryFolder('xiaomen-office-');
const env = join(folder, '.env');

it('asks for the host, makes secrets and keys that nobody else can read, and says what is still to be filled in', () => {
  const { stdout, status } = setUp(folder, ['--gate', 'north'], 'visits.example.edu:8443\n');
  expect(status).toBe(0);
  expect(stdout).toMatch(/by hand: WECHAT_APP_ID, .*SMS_TEMPLATES\./);
  expect(stdout).toMatch(/gate north: identity [0-9a-f]{64}, sealing [0-9a-f]{64}, PIN \d{6}/);
  expect(parseEnv(readFileSync(env, 'utf8'))).toMatchObject({
    PUBLIC_HOST: 'visits.example.edu',
    PUBLIC_URL: 'https://visits.example.edu:8443',
    HTTPS_PORT: '8443',
  });
  const { web, worker, gate } = {
    web: readWebKeys(join(folder, 'keys/web')),
    worker: readWorkerKeys(join(folder, 'keys/worker')),
    gate: readGateKeys(join(folder, 'keys/gate-north')),
  };
  expect(worker.field).toEqual(web.field);
  expect(gate.id).toBe('north');
  const open = ['.env', ...globSync('{keys,stores,backups}/**', { cwd: folder })].filter(
    (name) => (statSync(join(folder, name)).mode & 0o077) !== 0,
  );
  expect(open).toEqual([]);
});

it('run again it changes nothing, whatever its flags say', () => {
  const before = everythingIn(folder);
  const { stdout, status } = setUp(folder, ['--host', 'elsewhere.example.edu', '--tls', 'internal', '--gate', 'south']);
  expect([status, stdout]).toEqual([0, expect.stringContaining('had everything')]);
  expect(everythingIn(folder)).toEqual(before);
});

it('adds what a file of before does not have, and keeps what was typed into it', () => {
  const typed = readFileSync(env, 'utf8')
    .replace(/^SMS_TEMPLATES=.*$/m, `SMS_TEMPLATES='{"login": "1"}'`)
    .replace(/^MAIL_BOUNCE_TOKEN=.*\n/m, '');
  writeFileSync(env, typed);
  const { stdout } = setUp(folder, []);
  expect(stdout).toContain('has now: MAIL_BOUNCE_TOKEN.');
  expect(stdout).not.toMatch(/by hand: .*SMS_TEMPLATES/);
  expect(readFileSync(env, 'utf8').startsWith(typed.trimEnd())).toBe(true);
});

it('no two secrets are the same, and none of another office', () => {
  const other = temporaryFolder('xiaomen-office-');
  setUp(other, ['--host', 'visits.example.edu']);
  const secretsOf = (path: string) =>
    Object.entries(parseEnv(readFileSync(path, 'utf8')))
      .filter(([name, value]) => value !== '' && /PASSWORD|PASSPHRASE|TOKEN|AES_KEY|RECEIPT_KEY/.test(name))
      .map(([, value]) => value);
  const all = [...secretsOf(env), ...secretsOf(join(other, '.env'))];
  expect(all).toHaveLength(18);
  expect(new Set(all).size).toBe(all.length);
  expect(all.filter((value) => (value ?? '').length < 32)).toEqual([]);
});

describe('as the pages have it', () => {
  const office = temporaryFolder('xiaomen-office-');
  const typedAs = (line: string) =>
    execFileSync('bash', ['-euo', 'pipefail', '-c', line], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      encoding: 'utf8',
    });
  /** What is typed after it, so that no file of these sources is touched. */
  const commands = takenOffPages<{ after?: string; says: RegExp }>(import.meta.url, {
    'mkdir -p keys': { says: /^$/ },
    'npm run setup:production -- --host visits.example.edu': { after: ` --folder ${office}`, says: /\.env has now: / },
    'npm run setup:production': { after: ` -- --folder ${office}`, says: /\.env had everything\./ },
    'grep BACKUP_PASSPHRASE .env': { says: /^BACKUP_PASSPHRASE=\S{32,}$/m },
  });
  it.each(commands)('%s', (command, { after, says }) => {
    expect(typedAs(after ? command + after : `cd ${office} && ${command}`)).toMatch(says);
  });
});

it.each([['visits example'], ['https://visits.example.edu'], ['']])(
  'refuses "%s" as a host and writes nothing',
  (host) => {
    const empty = temporaryFolder('xiaomen-office-');
    const { status, stderr } = setUp(empty, ['--host', host]);
    expect([status, stderr]).toEqual([1, expect.stringContaining('is no host name')]);
    expect(execFileSync('ls', ['-A', empty], { encoding: 'utf8' })).toBe('');
  },
);
