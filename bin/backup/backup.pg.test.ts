import { execFile, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import type { Knex } from 'knex';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFieldCipher } from '../../platform/crypto.ts';
import { openDatabase } from '../../platform/db.ts';
import { createGateCodes } from '../../platform/gate-codes.ts';
import { nameOfPair } from '../../platform/gate-pair.ts';
import { readGateKeys, readWebKeys, readWorkerKeys } from '../../platform/keys.ts';
import { record } from '../../store/audit/audit.ts';
import { sealAudit } from '../../store/audit/audit-chain.ts';
import { verifyAudit } from '../../store/audit/audit-verification.ts';
import { deleteByPhone } from '../../store/elsewhere/data-request.ts';
import { countElsewhere } from '../../store/elsewhere/wish.ts';
import { replaceGateKeys } from '../../store/gates/gate-keys.ts';
import { fitKeys, keepFingerprints } from '../../store/keys/key-fit.ts';
import { revokePublicKey, toldKeys } from '../../store/keys/public-keys.ts';
import { lastRestore, settleRestore, takeUnsettled } from '../../store/office/restore.ts';
import { beginErasure, completeErasure, eraseAccount } from '../../store/own-data/erasure.ts';
import { aDeclaredCompanion } from '../../testing/companions.ts';
import { temporaryFolder } from '../../testing/folder.ts';
import { testKeys } from '../../testing/keys.ts';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { aWaitingTask, comesAlong, type House } from '../../testing/reservations.ts';
import { seededHouse } from '../../testing/seeded-house.ts';
import { aSubmittedPerson } from '../../testing/submitted.ts';
import { keyFiles } from '../keys/key-files.ts';
import { dropSigningKey } from '../keys/signing-files.ts';
import { type Manifest, writeManifest } from './manifest.ts';
import { reportOf } from './report.ts';
import { restoreBackup } from './restore.ts';
import { restoreGates } from './restored-gates.ts';
import { saveBackup } from './save.ts';
import type { BackupSettings } from './settings.ts';

/** A backup is taken, everything is lost, and what was acknowledged before it comes back. */

const passphrase = 'correct horse battery staple';
const folder = temporaryFolder('xiaomen-backup-');
const to = join(folder, 'backups');
let database: TestDatabase;
let keys: Awaited<ReturnType<typeof testKeys>>;
let house: House;
let settings: BackupSettings;
let taken: string;
/** Somebody without an account, in the book and on the visit. */
let brought: string;
let rowsThen: Record<string, string>;
/** Databases that were filled by a restore. */
const others: TestDatabase[] = [];

beforeAll(async () => {
  ({ database, keys, house } = await seededHouse());
  await fitKeys(database.db, keys.web);
  await fitKeys(database.db, keys.worker);
  await database.db('public_key').insert({ use: 'pass', kid: 1, public: keys.worker.pass.currentPair.public });
  const visit = await aWaitingTask(house, {
    who: { name: '欧阳小满', phone: '13700000001', document: '110199200001019010', plate: '京A12345' },
  });
  brought = await aDeclaredCompanion(house, visit.visitor, {
    phone: '13700000002',
    declared: { document: 'E00000078' },
  });
  const { consent_id: consent } = await database.db('companion').where({ id: brought }).first('consent_id');
  const frozen = { ordinal: 1, person: null, personVersion: null, visitor: null, consent, companion: brought };
  await comesAlong(house, visit, aSubmittedPerson({ ...frozen, phone: '13700000002', document: 'E00000078' }));
  await record(database.db, {
    actor: { kind: 'system' },
    action: 'data_purged',
    subject: { kind: 'list', id: 'retention' },
  });
  await sealAudit(database.db, 1_000);
  writeFileSync(join(folder, 'passphrase'), `${passphrase}\n`, { mode: 0o600 });
  const engine = new DatabaseSync(join(folder, 'engine.db'), { enableDoubleQuotedStringLiterals: true });
  engine.exec(`pragma journal_mode = wal; create table executions (id text, kind text default "in double quotes");
    insert into executions (id) values ('one')`);
  settings = {
    DATABASE_OWNER_URL: database.ownerUrl,
    ENGINE_DATABASE_FILE: join(folder, 'engine.db'),
    BACKUP_KEYS: join(keys.folders.web, '..'),
    BACKUP_PASSPHRASE_FILE: join(folder, 'passphrase'),
  };
  rowsThen = await contentOf(database.owner);
  const { folder: earlier } = await save();
  // As if it were of another day: the schedule takes the next one at once, and keeps that.
  renameSync(earlier, join(to, '2026-01-01T00-00-00Z'));
  const said = await asScheduled({ BACKUP_TO: to, BACKUP_KEEP: '1', BACKUP_PASSPHRASE: passphrase });
  expect(said).toMatch(/^Backup \S+ is complete: up to \S+Z, \d+ rows, [\d.]+ MB, \d+ s; removed 1 older\.\n$/);
  // The engine goes on writing beside its backup.
  engine.exec("insert into executions (id) values ('two')");
  engine.close();
  taken = join(to, readdirSync(to).find((name) => name.startsWith('2')) ?? '');
}, 120_000);
afterAll(() => Promise.all([database, ...others].map((one) => one?.drop())));

const run = (script: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, [script, ...args], { env: { ...process.env, ...settings } });
/** The service of the compose file, until it has said a line. */
async function asScheduled(more: Record<string, string>): Promise<string> {
  const { BACKUP_PASSPHRASE_FILE: _, ...others } = settings;
  const child = spawn(process.execPath, ['--no-warnings', 'bin/scheduled-backup.ts'], {
    env: { ...process.env, ...others, ...more },
  });
  const ended = once(child, 'exit');
  const said = await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), ended]);
  child.kill('SIGTERM');
  expect((await ended)[0]).toBe(0);
  return String(said[0]);
}
const save = (more: Partial<BackupSettings> = {}, into = to) =>
  saveBackup({ ...settings, ...more }, { to: into, passphrase });
/** What the command does, in this process. @returns what it says */
async function restore(
  from: string,
  place: Partial<BackupSettings>,
  { replace = false, secret = passphrase, deletions = dirname(from) } = {},
) {
  const said: string[] = [];
  const means = { from, deletions, replace, passphrase: async () => secret };
  await restoreBackup({ ...settings, ...place }, { ...means, say: (line) => said.push(line) });
  return said.join('\n');
}
const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => Promise.reject(new Error('It was not refused')),
    (error: Error & { stderr?: string }) => error.stderr ?? error.message,
  );
function manifest(): Manifest {
  const { sha256: _, ...written } = JSON.parse(readFileSync(join(taken, 'manifest.json'), 'utf8'));
  return written;
}
/** One byte is another, and the file as long as before; of JSON a digit, so that it can be read as before too. */
function flip(path: string): void {
  const bytes = readFileSync(path);
  const digit = /"(takenAt|at)": ?"2/.exec(bytes.toString('latin1'));
  const place = path.endsWith('.json') && digit ? digit.index + digit[0].length - 1 : bytes.length >> 1;
  bytes[place] = (bytes[place] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

/** A hash of each table's rows. */
async function contentOf(owner: Knex): Promise<Record<string, string>> {
  const tables = await owner('pg_tables').where({ schemaname: 'public' }).orderBy('tablename').pluck('tablename');
  const found: Record<string, string> = {};
  for (const table of tables.filter((name: string) => !/^(knex|restore)/.test(name))) {
    const { rows } = await owner.raw(
      'select md5(coalesce(string_agg(t::text, chr(10) order by t::text), ?)) as hash from ?? t',
      ['', table],
    );
    found[table] = rows[0].hash;
  }
  return found;
}

/** An empty machine: a new database, no keys and no engine. */
async function anEmptyPlace() {
  const place = await freshDatabase('empty');
  others.push(place);
  await Promise.all([place.db.destroy(), place.owner.destroy()]);
  const at = temporaryFolder('xiaomen-place-');
  const settings = {
    DATABASE_OWNER_URL: place.ownerUrl,
    ENGINE_DATABASE_FILE: join(at, 'engine.db'),
    BACKUP_KEYS: join(at, 'keys'),
  };
  const open = () => openDatabase({ DATABASE_URL: place.ownerUrl, DATABASE_POOL: 1 });
  const app = () => openDatabase({ DATABASE_URL: place.url, DATABASE_POOL: 1 });
  return { settings, open, app, url: place.url };
}

async function looking<T>(db: Knex, look: (db: Knex) => Promise<T>): Promise<T> {
  return look(db).finally(() => db.destroy());
}

test('only the newest stays, its owner alone can read it, and no key is in it that the passphrase does not open', () => {
  expect(readdirSync(to).toSorted()).toEqual([taken.split('/').at(-1), 'deletions.json']);
  const files = readdirSync(taken, { recursive: true, encoding: 'utf8' }).filter(
    (name) => !statSync(join(taken, name)).isDirectory(),
  );
  expect(files).toContain('application/reservation.copy.gz');
  for (const file of files) expect(statSync(join(taken, file)).mode & 0o077, file).toBe(0);
  expect(statSync(taken).mode & 0o077).toBe(0);
  const secret = keys.web.field.keys.f1?.toString('base64') ?? '';
  expect(secret.length).toBeGreaterThan(20);
  for (const file of files) expect(readFileSync(join(taken, file)).includes(secret), file).toBe(false);
  const { application, release } = manifest();
  expect(application.fingerprints.field?.f1).toMatch(/^[0-9a-f]{32}$/);
  expect([release, application.migrations.length > 50]).toEqual([expect.stringMatching(/^\d+\./), true]);
});

test('a backup that cannot be finished leaves no folder, says why and ends with 1', async () => {
  const before = readdirSync(to);
  const elsewhere = await testKeys([]);
  const foreign = join(elsewhere.folders.web, '..');
  expect(await refusal(save({ BACKUP_KEYS: foreign }))).toContain('lacks key f1 of field.json');
  expect(await refusal(save({ ENGINE_DATABASE_FILE: join(folder, 'none.db') }))).toContain('none.db');
  expect(await refusal(run('bin/backup.ts', '--to', to, '--keep', '0'))).toMatch(/^Backup failed: Usage/);
  expect(readdirSync(to)).toEqual(before);
});

let restoredPlace: Awaited<ReturnType<typeof anEmptyPlace>> | undefined;
test('everything comes back on an empty machine, with its rules, and fits its keys', async () => {
  const place = await anEmptyPlace();
  restoredPlace = place;
  const { stdout } = await promisify(execFile)(process.execPath, ['bin/restore.ts', '--from', taken], {
    env: { ...process.env, ...settings, ...place.settings },
  });
  expect(stdout).toContain(`holds what was acknowledged until ${manifest().takenAt}`);
  await looking(place.open(), async (owner) => {
    expect(await contentOf(owner)).toEqual(rowsThen);
    const rules = `select (select count(*)::int from pg_constraint where contype = 'f') as keys,
      (select count(*)::int from pg_trigger where tgenabled = 'O' and not tgisinternal) as triggers`;
    expect((await owner.raw(rules)).rows).toEqual((await database.owner.raw(rules)).rows);
    expect(await verifyAudit(owner, new Map())).toMatchObject({ faults: [] });
  });
  const restored = {
    web: readWebKeys(join(place.settings.BACKUP_KEYS, 'web')),
    worker: readWorkerKeys(join(place.settings.BACKUP_KEYS, 'worker')),
  };
  expect(restored.web.field).toEqual(keys.web.field);
  expect(readFileSync(join(place.settings.BACKUP_KEYS, 'gate-south', 'gate.json'), 'utf8')).toContain(
    'BEGIN PRIVATE KEY',
  );
  await looking(place.app(), async (db) => {
    await fitKeys(db, restored.web);
    await fitKeys(db, restored.worker);
    await expect(db('audit').delete()).rejects.toThrow(/permission denied/);
    await record(db, { actor: { kind: 'system' }, action: 'data_purged', subject: { kind: 'list', id: 'retention' } });
    const visitor = await db('visitor').whereNotNull('phone_enc').first('id', 'phone_enc');
    const cipher = createFieldCipher(restored.web.field);
    expect(cipher.open({ table: 'visitor', column: 'phone_enc', row: visitor.id }, visitor.phone_enc)).toBe(
      '13700000001',
    );
  });
  const engine = new DatabaseSync(place.settings.ENGINE_DATABASE_FILE);
  expect(engine.prepare('select id from executions').all()).toEqual([{ id: 'one' }]);
  engine.close();
  await looking(place.open(), async (owner) => {
    const { lines, settled } = await reportOf(owner);
    expect([lines[1], settled]).toEqual([expect.stringContaining('have not compared everything'), false]);
  });
});

test('what is there is replaced only when that is asked for, and not a key that was replaced since', async () => {
  const place = restoredPlace;
  if (!place) throw new Error('Nothing was restored');
  expect(await refusal(restore(taken, place.settings))).toContain('--replace takes');
  const at = place.settings.BACKUP_KEYS;
  const passKeys = keyFiles(at, 'pass');
  passKeys.addNext();
  passKeys.useNext();
  dropSigningKey(join(at, 'worker', 'pass.json'), 1);
  rmSync(join(at, 'gate-south', 'gate.json'));
  const marked = await looking(place.open(), (owner) => owner('campus').update({ name_zh: '另一个' }));
  expect(marked).toBeGreaterThan(0);
  const said = await restore(taken, place.settings, { replace: true });
  expect(said).toContain('stay: what was replaced since stays replaced. 1 that were missing are back.');
  expect(passKeys.inUse()).toEqual({ current: '2', next: undefined });
  await looking(place.open(), async (owner) => {
    expect(await contentOf(owner)).toEqual({ ...rowsThen, key_fingerprint: expect.any(String) });
    for (const read of [readWebKeys(join(at, 'web')), readWorkerKeys(join(at, 'worker'))]) await fitKeys(owner, read);
  });
});

test('nothing is touched by a backup that was changed, by another passphrase, or where something is in the way', async () => {
  const place = await anEmptyPlace();
  const refused = async (work: Promise<unknown>): Promise<string> => {
    const said = await refusal(work);
    expect(said).not.toContain('is empty now');
    await looking(place.open(), async (owner) =>
      expect(await owner('pg_class').whereRaw(`relnamespace = 'public'::regnamespace`)).toEqual([]),
    );
    expect([existsSync(place.settings.BACKUP_KEYS), existsSync(place.settings.ENGINE_DATABASE_FILE)]).toEqual([
      false,
      false,
    ]);
    return said;
  };
  expect(await refused(restore(taken, place.settings, { secret: 'not the passphrase at all' }))).toContain(
    'does not open',
  );
  expect(await refused(restore(to, place.settings))).toContain('is no backup');
  const holder = place.open();
  await holder.raw('select 1');
  expect(await refused(restore(taken, place.settings))).toContain('others are connected');
  await holder.destroy();
  await looking(place.open(), (owner) => owner.raw('create function notes() returns int language sql return 1'));
  expect(await refused(restore(taken, place.settings))).toContain('is not empty');
  await looking(place.open(), (owner) => owner.raw('drop function notes'));
  const stranger = { ...place.settings, DATABASE_OWNER_URL: place.url };
  expect(await refused(restore(taken, stranger))).toContain('does not own its database');

  const copy = join(folder, 'changed');
  await promisify(execFile)('cp', ['-r', taken, copy]);
  const parts = readdirSync(copy, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(copy, name)).isFile(),
  );
  expect(parts).toEqual(expect.arrayContaining(['manifest.json', 'keys.sealed', 'engine.db']));
  // One table stands for all: a table is hashed as a table.
  for (const part of ['application/campus.copy.gz', 'engine.db', 'keys.sealed', 'manifest.json']) {
    flip(join(copy, part));
    expect(await refused(restore(copy, place.settings)), part).toContain('is not as it was written');
    flip(join(copy, part));
  }
  const changed = (application: Partial<Manifest['application']>) => {
    const written = manifest();
    writeManifest(copy, { ...written, application: { ...written.application, ...application } });
    return refused(restore(copy, place.settings));
  };
  expect(await changed({ migrations: [...manifest().application.migrations, '20991231_later.ts'] })).toContain(
    'this one lacks 20991231_later.ts',
  );
  expect(await changed({ server: '99.1' })).toContain('The backup is of PostgreSQL 99');
  expect(await changed({ fingerprints: { field: { f1: 'a'.repeat(32) } } })).toContain('lacks key f1 of field.json');
  const list = join(copy, 'deletions.json');
  await promisify(execFile)('cp', [join(to, 'deletions.json'), list]);
  flip(list);
  const byList = restore(taken, place.settings, { deletions: copy });
  expect(await refused(byList)).toContain('deletions.json is not as it was written');
});

test('an engine that has its file open is stopped first, also where its file is replaced', async () => {
  const place = await anEmptyPlace();
  const engine = new DatabaseSync(place.settings.ENGINE_DATABASE_FILE);
  engine.exec('pragma journal_mode = wal; create table other (id int); insert into other values (1)');
  expect(await refusal(restore(taken, place.settings, { replace: true }))).toContain('open: stop it first');
  expect(engine.prepare('select id from other').all()).toEqual([{ id: 1 }]);
  engine.close();
  await looking(place.open(), async (owner) =>
    expect(await owner('pg_class').whereRaw(`relnamespace = 'public'::regnamespace`)).toEqual([]),
  );
  expect(existsSync(place.settings.BACKUP_KEYS)).toBe(false);
});

test('a restore that breaks off says that the database is empty, and it is', async () => {
  const place = await anEmptyPlace();
  const copy = join(folder, 'broken');
  await promisify(execFile)('cp', ['-r', taken, copy]);
  const written = manifest();
  const tables = written.application.tables.filter(({ table }) => table !== 'campus');
  writeManifest(copy, { ...written, application: { ...written.application, tables } });
  expect(await refusal(restore(copy, place.settings))).toMatch(
    /foreign key.* The database of DATABASE_OWNER_URL is empty now; keys and engine were not touched/,
  );
  await looking(place.open(), async (owner) =>
    expect(await owner('pg_class').whereRaw(`relnamespace = 'public'::regnamespace`)).toEqual([]),
  );
  expect([existsSync(place.settings.BACKUP_KEYS), existsSync(place.settings.ENGINE_DATABASE_FILE)]).toEqual([
    false,
    false,
  ]);
});

test('what was deleted by wish after the backup is deleted again: an account, whose proof stays good, and what others held', async () => {
  const visitor = await database.db('visitor').first('id');
  const request = await database.db.transaction((trx) => deleteByPhone(trx, house, '13700000002'));
  await database.db('reservation').update({ stage: 'closed', outcome: 'cancelled', closed_at: new Date() });
  const erasure = await database.db.transaction(async (trx) => {
    const id = await beginErasure(trx, visitor.id, { cause: 'asked' });
    const counts = { ...(await eraseAccount(trx, visitor.id)), ...countElsewhere([]) };
    await completeErasure(trx, { id, counts, proof: 'proof of it' });
    return id;
  });
  // A key of passes is revoked besides, and others are replaced.
  const { public: half } = keys.worker.pass.currentPair;
  const prints = { feed: ['4'], session: ['abcdef012345'], pass: ['2'] } as const;
  await database.db('public_key').insert({ use: 'pass', kid: 2, public: randomBytes(32) });
  for (const kind of ['feed', 'session', 'pass'] as const)
    await keepFingerprints(database.db, kind, { [prints[kind][0]]: 'a'.repeat(32) });
  expect(await revokePublicKey(database.db, { use: 'pass', kid: 1 })).toBe(true);
  const { stdout } = await run('bin/backup.ts', '--to', to, '--deletions');
  expect(stdout).toContain('2 in the database');
  const findings = (owner: Knex) => owner('restore_finding').where({ kind: 'erased_again' }).pluck('subject');
  const place = await anEmptyPlace();
  const said = await restore(taken, place.settings);
  expect(said).toContain('came back open and are asked to end: 1');
  await looking(place.open(), (owner) => noLostKeyIsBelieved(owner, place.settings.BACKUP_KEYS, { said, half }));
  await looking(place.open(), async (owner) => {
    expect(await owner('request').where({ kind: 'cancel' }).pluck('status')).toEqual(['pending']);
    const { name_enc: name, erased_at: erased } = await owner('companion').where({ id: brought }).first();
    expect([name, erased]).toEqual([null, expect.any(Date)]);
    expect(await owner('data_request').where({ id: request })).toMatchObject([{ status: 'done', proof: 'phone' }]);
    expect(await findings(owner)).toEqual([request]);
    // The visit is open again, and needs who comes along.
    const along = await owner('reservation_person').where({ companion_id: brought }).first();
    expect(along.name_enc).not.toBeNull();
    await owner('request').update({ status: 'answered', answer: '{"ok":true}', answered_at: new Date() });
    await owner('reservation').update({ stage: 'closed', outcome: 'cancelled', closed_at: new Date() });
  });
  const again = await promisify(execFile)(process.execPath, ['bin/restore.ts', '--deletions', to], {
    env: { ...process.env, ...settings, ...place.settings },
  });
  expect(again.stdout).toContain('deleted after the backup, and now again: 1.');
  await looking(place.open(), async (owner) => {
    expect(await owner('visitor').whereNotNull('phone_enc')).toEqual([]);
    expect(await owner('erasure').select('proof')).toEqual([{ proof: 'proof of it' }]);
    expect((await findings(owner)).toSorted()).toEqual([request, erasure].toSorted());
  });
});

/** The backup's only key of passes was revoked since, and the next one went with the machine. */
async function noLostKeyIsBelieved(owner: Knex, at: string, { said, half }: { said: string; half: Buffer }) {
  expect(said).toContain('revoked after the backup, and are revoked again: pass/1.');
  expect(said).toMatch(/pass\.json: .* taken out, and 3 signs\. It is new.*\(gate-east, gate-south\)/);
  expect(said).toMatch(/in no file any more: feed\/4 \(fingerprint a{32}\), pass\/2 \(fingerprint a{32}\)\./);
  expect(said).toMatch(
    / feed\/3 \(fingerprint [0-9a-f]{32}\) works again in place of feed\/4 .*: npm run keys -- rotate feed /,
  );
  expect(said).toContain('everybody signs in again');
  const [web, worker] = [readWebKeys(join(at, 'web')), readWorkerKeys(join(at, 'worker'))];
  expect([...worker.pass.pairs.keys()]).toEqual([3]);
  expect(web.session).not.toEqual(keys.web.session);
  const told = await toldKeys(owner);
  expect(told.map(({ use, kid, revoked }) => [use, kid, revoked])).toEqual([
    ['pass', 1, true],
    ['pass', 2, false],
  ]);
  const { trust } = readGateKeys(join(at, 'gate-south'));
  expect(trust.map(({ public: believed }) => believed.equals(half))).not.toContain(true);
  expect(trust.map(({ use, kid }) => `${use}/${kid}`).toSorted()).toEqual(['feed/3', 'pass/3', 'renewal/2']);
  for (const read of [web, worker]) await fitKeys(owner, read);
}

test('keys that a restore brings back although they were replaced are named, and gates stay as they were changed', async () => {
  const [south, other] = [keys.gate('south'), keys.gate('east')];
  const former = nameOfPair({ identityKey: south.identity.public, sealingKey: south.sealing.public });
  const next = { identityKey: randomBytes(32), sealingKey: randomBytes(32) };
  const changed = (trx: Knex, id: string, kind: string) =>
    record(trx, {
      actor: { kind: 'system' },
      action: 'content_changed',
      subject: { kind: 'content', id },
      detail: { kind },
    });
  const sealing = { cipher: house.cipher, gateCodes: createGateCodes(keys.web.codec) };
  await database.db.transaction(async (trx) => {
    expect(await replaceGateKeys(trx, sealing, { id: 'south', ...next })).toBe('replaced');
    await changed(trx, 'south', 'gate_keys');
    await trx('gate').where({ id: 'east' }).update({ retired_at: trx.fn.now() });
    await changed(trx, 'east', 'gate_reissue');
  });
  await keepFingerprints(database.db, 'field', { f2: 'b'.repeat(32) });
  await run('bin/backup.ts', '--to', to, '--deletions');
  await database.owner('key_fingerprint').where({ kid: 'f2' }).delete();

  const place = await anEmptyPlace();
  const said = await restore(taken, place.settings);
  const file = join(place.settings.BACKUP_KEYS, 'gate-south', 'gate.json');
  expect(JSON.parse(readFileSync(file, 'utf8')).identity.public).toBe(south.identity.public.toString('base64'));
  expect(said).toContain(
    `Gate south: its keys were replaced after the backup, and the database believes the later ones`,
  );
  expect(said).toContain(`is of another pair (${former}): bring it to no box`);
  expect(said).toMatch(/Gate east was taken out of service after the backup, and is again/);
  await looking(place.open(), async (owner) => {
    const gates = await owner('gate').orderBy('id').select('id', 'identity_key', 'retired_at');
    expect(gates).toEqual([
      { id: 'east', identity_key: other.identity.public, retired_at: expect.any(Date) },
      { id: 'south', identity_key: next.identityKey, retired_at: null },
    ]);
    const lines = (await reportOf(owner)).lines.join('\n');
    expect(lines).toMatch(
      /Keys of the backup that work again.*\n.*\n {2}feed\/3 fingerprint [0-9a-f]{32} replaced_by feed\/4 \(/,
    );
    expect(lines).toMatch(/ field\/f1 fingerprint [0-9a-f]{32} replaced_by field\/f2 \(fingerprint b{32}\)/);
    expect(lines).toMatch(new RegExp(`south since ${nameOfPair(next)} backup ${former} key_folder ${former}`));
    expect(lines).toMatch(/and are again \(1\)\n {2}east retired /);
  });

  // Once more from the same list, as after a restore that broke off: what the filled database knows is older.
  const again = await restore(taken, place.settings, { replace: true });
  expect(again).toContain('Gate south: its keys were replaced');
  expect(again).toMatch(/ feed\/3 .* works again in place of feed\/4 /);
  // A backup of afterwards has what is in use, and nothing was replaced since.
  const { folder: later } = await save({ ...place.settings }, to);
  const quiet = await restore(later, place.settings, { replace: true });
  expect(quiet).not.toMatch(/works again|came into use|Gate /);
  // Nor was it undone where the list beside it is of before.
  await looking(place.open(), async (owner) => {
    const gate = { sealing: south.sealing.public.toString('base64'), retiredAt: null, changedAt: manifest().takenAt };
    const listed = [{ id: 'south', identity: south.identity.public.toString('base64'), ...gate }];
    const of = { folder: place.settings.BACKUP_KEYS, listed };
    expect(await restoreGates(owner, of)).toEqual({ lines: [], findings: [] });
    expect((await owner('gate').where({ id: 'south' }).first()).identity_key).toEqual(next.identityKey);
  });
});

test("the engine's PostgreSQL goes along, at one moment each, into databases of the same schema alone", async () => {
  const engines = await Promise.all([1, 2, 3, 4].map(() => freshDatabase('empty')));
  others.push(...engines);
  const [history, visibility, ...targets] = engines as [TestDatabase, TestDatabase, TestDatabase, TestDatabase];
  for (const { owner } of engines) {
    await owner.raw(`create table schema_version (version_partition int primary key, curr_version text);
      create table executions (shard_id int, data bytea, name text, key text generated always as (lower(name)) stored, tags text[]);
      create table executions_visibility (run_id text);
      insert into schema_version values (0, '1.18')`);
  }
  const rows = [
    { shard_id: 1, data: Buffer.from([0, 1, 92, 255]), name: 'A\tB\\', tags: ['x,', '"y'] },
    { shard_id: 2, data: null, name: null, tags: null },
  ];
  for (const { owner } of [history, visibility]) {
    await owner('executions').insert(rows);
    // Far more than one packet, and rows that begin in one and end in the next.
    await owner.raw(`insert into executions (shard_id, data, name, tags) select n, decode(md5(n::text), 'hex'), repeat(md5(n::text), n % 7), '{}'
      from generate_series(3, 20000) n`);
  }
  const urls = ([one, two]: TestDatabase[]) => ({
    ENGINE_DATABASE_FILE: undefined,
    ENGINE_DATABASE_URL: one?.ownerUrl,
    ENGINE_VISIBILITY_URL: two?.ownerUrl,
  });
  const elsewhere = join(folder, 'postgres');
  mkdirSync(elsewhere);
  const { folder: from } = await save(urls([history, visibility]), elsewhere);
  const place = await anEmptyPlace();
  const there = { ...place.settings, ...urls(targets) };
  await targets[0].owner('schema_version').update({ curr_version: '1.17' });
  for (const { owner, db } of targets) await Promise.all([owner.destroy(), db.destroy()]);
  expect(await refusal(restore(from, there))).toContain("The engine's schema is 1.17, that of the backup 1.18");
  const opened = (target: TestDatabase) => openDatabase({ DATABASE_URL: target.ownerUrl, DATABASE_POOL: 1 });
  await looking(opened(targets[0]), (owner) => owner('schema_version').update({ curr_version: '1.18' }));
  // Either of the two databases alone may still hold another engine's.
  for (const [target, table, row] of [
    [targets[0], 'executions', { shard_id: 9 }],
    [targets[1], 'executions_visibility', { run_id: 'of another engine' }],
  ] as const) {
    await looking(opened(target), (owner) => owner(table).insert(row));
    expect(await refusal(restore(from, there)), table).toBe(
      "The engine's database is not empty: --replace takes its place",
    );
    await looking(opened(target), (owner) => owner(table).delete());
  }
  await restore(from, there);
  for (const target of targets) {
    await looking(opened(target), async (owner) => {
      expect(await owner('executions').orderBy('shard_id').limit(2)).toEqual([
        { ...rows[0], key: 'a\tb\\' },
        { ...rows[1], key: null },
      ]);
      const { executions } = await contentOf(owner);
      expect(executions).toBe((await contentOf(history.owner)).executions);
    });
  }
  expect(await refusal(restore(from, there))).toContain('--replace');
});

test('databases that were brought back by other means are compared from that moment on', async () => {
  await run('bin/restore.ts', '--settle', '2026-11-30T01:02:03Z');
  expect(await lastRestore(database.db)).toMatchObject({ backupAt: new Date('2026-11-30T01:02:03Z'), settledAt: null });
});

test('one process compares after a restore; from one that has died another takes over, and the first has no more to say', async () => {
  const { db, owner } = database;
  const [one, other] = [randomUUID(), randomUUID()];
  const both = await Promise.all([one, other].map((by) => takeUnsettled(db, { by })));
  expect(both.filter((taken) => taken)).toHaveLength(1);
  const [first, second] = both[0] ? [one, other] : [other, one];
  const { id: restore = '' } = both.find((taken) => taken) ?? {};
  expect(await takeUnsettled(db, { by: first, restore })).toMatchObject({ id: restore });
  expect(await takeUnsettled(db, { by: second, restore })).toBeUndefined();
  await owner('restore').update({ taken_until: owner.raw(`now() - interval '1 second'`) });
  expect(await takeUnsettled(db, { by: second })).toMatchObject({ id: restore });
  expect(await takeUnsettled(db, { by: first, restore })).toBeUndefined();
  await settleRestore(db, { restore, by: first });
  expect(await lastRestore(db)).toMatchObject({ settledAt: null });
  await settleRestore(db, { restore, by: second });
  expect(await lastRestore(db)).toMatchObject({ settledAt: expect.any(Date) });
});
