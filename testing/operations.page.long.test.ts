import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../bin/embedded/ports.ts';
import { keyFiles } from '../bin/keys/key-files.ts';
import type { LiveKind } from '../platform/live-keys.ts';
import { anApprovedVisit } from './approved.ts';
import { aPassFor, aWaitingVisit } from './bad-input/ground.ts';
import { temporaryFolder } from './folder.ts';
import { type OwnGround, ownGround } from './system/ground.ts';
import { type System, startSystem } from './system.ts';
import { filledIn } from './tried-commands/page-commands.ts';
import { takenOffPages } from './tried-commands/taken-off.ts';
import { until } from './until.ts';
import { VisitorBrowser } from './visitor-browser.ts';

/**
 * docs/operations.md and docs/upgrading.md: every command as it stands there, typed at the top of the sources beside a system
 * that runs on servers of its own. Last its backup is brought back.
 */

const top = new URL('..', import.meta.url).pathname;
const out = temporaryFolder('xiaomen-operations-');
const backups = join(out, 'backups');
let ground: OwnGround;
let system: System;
let keys: string;
let env: Record<string, string>;
beforeAll(async () => {
  ground = await ownGround();
  system = await startSystem({ ground });
  await anApprovedVisit(system);
  keys = join(system.folder, 'keys');
  env = {
    ...system.env.web,
    // The Node that runs this is the one that the page asks for.
    PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
    HOME: process.env.HOME ?? '',
    DATABASE_OWNER_URL: ground.ownerUrl,
    ENGINE_DATABASE_FILE: join(ground.folder, 'temporal', 'engine.db'),
    BACKUP_KEYS: keys,
    BACKUP_PASSPHRASE: 'correct horse battery staple',
  };
  await until(async () => (await system.db('key_holder')).length === 2, 'both processes say which keys they hold');
}, 180_000);
afterAll(() => system?.stop());

/** What stands for what on the page, read when the command's turn comes. */
type Values = Record<string, string>;
interface Run {
  /** Once for each; left out: once, with nothing to fill in. */
  each?: () => Values[];
  /** What is typed besides. */
  typed?: string;
  more?: () => Record<string, string>;
  says: RegExp;
  /** What is so before and afterwards, instead of one run that ends with 0. */
  by?: (type: (values: Values, after?: string) => Promise<string>) => Promise<void>;
}

/** @throws Error with what it said where it does not end with 0 */
function type(line: string, { typed = '', more = {} }: { typed?: string; more?: Record<string, string> } = {}) {
  return new Promise<string>((resolve, reject) => {
    const options = { cwd: top, env: { ...env, ...more }, maxBuffer: 16_000_000 };
    const child = execFile('bash', ['-euo', 'pipefail', '-c', line], options, (error, stdout, stderr) =>
      error ? reject(new Error(`${line}\n${stdout}\n${stderr}`)) : resolve(stdout),
    );
    child.stdin?.end(typed);
  });
}

const inFolder = () => [{ '<folder>': keys }];
const asWorker = () => ({ KEYS_DIR: join(keys, 'worker') });
const lost = (kind: LiveKind) => keyFiles(keys, kind).inUse().current;
const alternatives = (all: string) =>
  all.split('|').map((kind) => ({ [all]: kind, '<folder>': keys }) as Record<string, string>);
const kindsOfKeys = 'field|index|codec|session|renewal|feed|pass';

/** A process as the page starts it, until one more of it is ready. */
async function oneMore(line: string, own: Record<string, string>): Promise<void> {
  const ops = await freePort();
  const child = spawn('bash', ['-c', `exec ${line}`], {
    cwd: top,
    env: { ...env, ...own, OPS_PORT: String(ops) },
    stdio: 'ignore',
    detached: true,
  });
  try {
    await until(async () => (await fetch(`http://127.0.0.1:${ops}/readyz`)).ok, `${line} is ready`, 120);
  } finally {
    const gone = once(child, 'exit');
    process.kill(-(child.pid ?? 0), 'SIGTERM');
    await gone;
  }
}

async function bringBack(from: string, restore: (values: Values, after?: string) => Promise<string>): Promise<void> {
  const folder = { '<folder>/<time>': join(backups, from) };
  await Promise.all((['web', 'worker', 'door'] as const).map((name) => system.parts[name].stop()));
  await ground.engine.kill();
  await Promise.all([system.owner.destroy(), system.db.destroy()]);
  await expect(restore(folder)).rejects.toThrow('--replace takes');
  expect(await restore(folder, ' --replace')).toContain("The engine's database is back.");
  await Promise.all([system.owner.initialize(), system.db.initialize()]);
  await ground.engine.start();
  await Promise.all((['web', 'worker', 'door'] as const).map((name) => system.parts[name].start()));
}

/** In this order: what a later one needs was done by an earlier one. */
const runs: Record<string, Run> = {
  'DATABASE_OWNER_URL=… npm run migrate': {
    each: () => [{ '…': ground.ownerUrl }],
    says: /The schema is up to date\./,
  },
  'DATABASE_OWNER_URL=… TEMPORAL_ADDRESS=… npm run migrate': {
    each: () => [{ 'URL=…': `URL=${ground.ownerUrl}`, 'ADDRESS=…': `ADDRESS=${ground.temporal.address}` }],
    says: /The namespace default is ready\./,
  },
  'npm run admin:create': {
    typed: 'second\n王小明\nzeven-koude-lepels-27\n',
    says: /second is an admin and can log in/,
  },
  'npm run doctor': { says: /Everything is in order\./ },
  'npm run wechat:menu': { says: /The menu now shows / },
  'npm run web': {
    says: /^$/,
    by: async () => oneMore('npm run web', { WEB_PORT: String(await freePort()) }),
  },
  'npm run worker': { says: /^$/, by: async () => oneMore('npm run worker', asWorker()) },
  'npm run door': {
    says: /^$/,
    by: async () => oneMore('npm run door', { ...system.env.door, DOOR_PORT: String(await freePort()) }),
  },
  'openssl rand -hex 24': { says: /^[0-9a-f]{48}\n$/ },
  "curl --data-binary @- -H 'Content-Type: message/rfc822' …": {
    each: () => [
      {
        '…': `-si -H "Authorization: Bearer $MAIL_BOUNCE_TOKEN" "$PUBLIC_URL/mail/bounces"`,
      },
    ],
    typed: 'From: mailer-daemon@example.edu\n\nThis is about a mail of somebody else.\n',
    says: /^HTTP\/1\.1 204 /,
  },
  'node bin/bundle-workflows.ts <folder>': {
    each: () => [{ '<folder>': join(out, 'bundles') }],
    says: /Bundled workflows/,
  },
  'npm run keys -- keys': {
    each: () => [{ '-- keys': `-- ${join(out, 'keys')}` }],
    says: /Keys are in .*: door, web, worker\./,
  },
  'npm run keys -- /etc/xiaomen/keys north': {
    each: () => [{ '/etc/xiaomen/keys': join(out, 'etc') }],
    says: /gate north: identity [0-9a-f]{64}, sealing [0-9a-f]{64}, PIN \d{6}/,
  },
  'npm run keys -- <folder> north': { each: inFolder, says: /gate north: identity [0-9a-f]{64}/ },
  'npm run retention': { more: asWorker, says: /Nothing is past its time\./ },
  'npm run audit:verify': { says: /Nothing is missing and nothing was changed\./ },
  'npm run log:network -- <address>': { each: () => [{ '<address>': '192.0.2.7' }], says: /^\d{4}-\d\d \S{16}$/m },
  'npm run replay:live': { more: asWorker, says: /[1-9]\d* replayed, 0 diverging\./ },
  'npm run doctor -- --upgrade': { says: /Everything is in order\./ },
  'npm run migrate': { says: /The schema is up to date\./ },

  'npm run keys -- rehash <folder>': { each: inFolder, says: /looked at/ },
  [`npm run keys -- rotate ${kindsOfKeys} <folder>`]: {
    each: () => alternatives(kindsOfKeys),
    says: /every process works with/,
  },
  'npm run keys -- rotate gate <gate id> <folder>': {
    each: () => [{ '<gate id>': 'east', '<folder>': keys }],
    says: /it holds the next keys alone/,
  },
  'npm run keys -- revoke renewal|feed <key id> <folder>': {
    each: () =>
      (['renewal', 'feed'] as const).map((use) => ({
        'renewal|feed': use,
        '<key id>': lost(use),
        '<folder>': keys,
      })),
    says: /is revoked\.[\s\S]*no gate in service believes/,
  },
  'npm run keys -- revoke pass <key id> <folder>': {
    each: () => [{ '<key id>': lost('pass'), '<folder>': keys }],
    says: /made anew\.[\s\S]*no gate in service believes/,
  },
  'npm run keys -- accept <kind> <folder>': {
    each: () => [{ '<kind>': 'session', '<folder>': keys }],
    says: /the database's keys are/,
  },

  'npm run backup -- --to <folder> --keep 14': {
    each: () => [{ '<folder>': backups }],
    says: /^Backup \S+ is complete: /m,
  },
  'npm run backup -- --to <folder> --deletions': {
    each: () => [{ '<folder>': backups }],
    says: /has every deletion until now/,
  },
  // What is put into use now does not come back with the backup.
  'npm run keys -- rotate <kind> <folder>': {
    each: () => [{ '<kind>': 'feed', '<folder>': keys }],
    says: /every process works with/,
  },
  'npm run restore -- --settle <the moment>': {
    each: () => [{ '<the moment>': new Date().toISOString() }],
    says: /Workers compare everything that runs/,
  },
  'npm run restore -- --from <folder>/<time>': {
    says: /./,
    by: (restore) => bringBack(readdirSync(backups).find((name) => name.startsWith('2')) ?? '', restore),
  },
  'npm run restore -- --deletions <folder>': { each: () => [{ '<folder>': backups }], says: /now again: 0\./ },
  'npm run restore -- --report': {
    says: /./,
    // It ends with 1 until workers have compared everything.
    by: async (report) => {
      const said = await until(() => report({}), 'everything was compared', 120);
      expect(said).toMatch(/Everything that runs in the engine was compared by/);
    },
  },
};

it.each(takenOffPages(import.meta.url, runs))('%s', async (command, run) => {
  mkdirSync(out, { recursive: true });
  const once = (values: Values, after = '') => {
    const { typed, more } = run;
    return type(filledIn(command, values) + after, { ...(typed && { typed }), ...(more && { more: more() }) });
  };
  if (run.by) return run.by(once);
  for (const values of run.each?.() ?? [{}]) expect(await once(values)).toMatch(run.says);
});

it('after all of it a visit is approved, and the key that came into use after the backup still signs', async () => {
  const { current } = JSON.parse(readFileSync(join(keys, 'web', 'feed.json'), 'utf8'));
  // Made as 3; then rotated, revoked, and rotated again after the backup.
  expect(current).toBe(6);
  const visit = await aWaitingVisit(system, await new VisitorBrowser(system, { phone: '13911110001' }).settle());
  expect(await aPassFor(system, visit)).toBeDefined();
});
