import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBlindIndex, createFieldCipher, sealedHeader } from '../../platform/crypto.ts';
import { readWebKeys, readWorkerKeys } from '../../platform/keys.ts';
import { keyHolders } from '../../store/keys/key-holder.ts';
import { sealedColumns } from '../../store/keys/resealing.ts';
import { aWaitingVisit } from '../../testing/bad-input/ground.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { sharedGround } from '../../testing/system/ground.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';
import { keyFiles } from './key-files.ts';

/** Keys are replaced beneath a system that runs, by the command as an operator calls it. */

let system: System;
let folder: string;
let env: Record<string, string | undefined>;
let visitor: VisitorBrowser;
beforeAll(async () => {
  const ground = await sharedGround();
  system = await startSystem({ ground, start: ['sandbox', 'worker', 'web'] });
  folder = join(system.folder, 'keys');
  env = { ...process.env, DATABASE_URL: ground.url, DATABASE_OWNER_URL: ground.ownerUrl };
  visitor = await new VisitorBrowser(system).settle();
  await until(async () => (await system.db('key_holder')).length === 2, 'both processes say which keys they hold');
});
afterAll(() => system?.stop());

const rotate = (kind: string, more: Record<string, string> = {}) =>
  promisify(execFile)(process.execPath, ['bin/keys.ts', 'rotate', kind, folder], { env: { ...env, ...more } });
const web = () => readWebKeys(join(folder, 'web'));
const worker = () => readWorkerKeys(join(folder, 'worker'));
const profile = async (who: VisitorBrowser) => (await who.page('/profile'))('[name=name]').attr('value');

describe('the order', () => {
  test.each(['field', 'index', 'codec', 'session'] as const)(
    'nothing is sealed with a key of %s that somebody lacks',
    async (kind) => {
      const before = keyFiles(folder, kind).inUse().current;
      const behind = {
        process: randomUUID(),
        part: 'web',
        held: JSON.stringify({ [kind]: { current: 'x', known: ['x'] } }),
      };
      await system.owner('key_holder').insert({ ...behind, seen_at: new Date(Date.now() + 60_000) });
      const failed = await rotate(kind, { KEYS_PATIENCE_MS: '1500' }).catch((error: { stderr: string }) => error);
      expect(failed.stderr).toContain(`web ${behind.process}`);
      expect(keyFiles(folder, kind).inUse()).toEqual({ current: before, next: expect.any(String) });
      await system.owner('key_holder').where({ process: behind.process }).delete();
    },
  );
});

test('field: what stands is sealed anew, and every page goes on reading and writing meanwhile', async () => {
  const { task } = await aWaitingVisit(system, visitor);
  const looking = rotate('field');
  for (let done = false; !done; ) {
    done = await Promise.race([looking.then(() => true), new Promise<false>((ok) => setTimeout(() => ok(false), 150))]);
    expect(await profile(visitor)).toBe('欧阳小满');
  }
  const { stdout } = await looking;
  expect(stdout).toMatch(
    /every process has f2 \(2\)[\s\S]*every process works with f2 \(2\)[\s\S]*person\.name_enc: \d+ of \d+/,
  );
  expect([web().field.current, worker().field.current]).toEqual(['f2', 'f2']);
  const header = sealedHeader('f2');
  let sealed = 0;
  for (const { table, column } of await sealedColumns(system.owner)) {
    for (const row of await system.owner(table).whereNotNull(column).select(column)) {
      expect(row[column].subarray(0, header.length), `${table}.${column}`).toEqual(header);
      sealed += 1;
    }
  }
  expect(sealed).toBeGreaterThan(15);
  expect(await profile(visitor)).toBe('欧阳小满');
  const another = await new VisitorBrowser(system).settle();
  expect(await profile(another)).toBe('欧阳小满');
  const approver = await staffBrowser(system.web, 'approver');
  expect((await approver.get(`/inbox/${task}`).expect(200)).text).toContain('欧阳小满');
});

test('index: people are found by either key while rows are hashed anew, and nobody becomes two', async () => {
  const early = await new VisitorBrowser(system).settle();
  const code = await new VisitorBrowser(system, { phone: early.phone }).askForCode().catch(() => undefined);
  expect(code).toBeUndefined();
  const waiting = new VisitorBrowser(system);
  const sent = await waiting.askForCode();
  // The rows' owner holds the first one: the command has changed the key by then, and waits with everything still to be done.
  const holding = await system.owner.transaction();
  const first = await holding('visitor').whereNotNull('phone_hash').orderBy('id').forNoKeyUpdate().first('id');
  expect(first.id).not.toBe(await accountOf(early));
  const looking = rotate('index');
  await until(
    async () => web().index.current === 'i2' && (await heldBy('index', 'i2')) === 2,
    'both work with the next key',
  );

  const [before, own] = [await accounts(), await accountOf(early)];
  // The code was asked for under the former key.
  const agree = (await waiting.page('/register'))('[name=agree]').attr('value') ?? '';
  await waiting.post('/register', { phone: waiting.phone, code: sent, agree }).expect(303);
  await system.owner('attempt').delete();
  const again = new VisitorBrowser(system, { phone: early.phone });
  await again.register();
  expect(await profile(again)).toBe('欧阳小满');
  expect([await accounts(), await accountOf(early)]).toEqual([before + 1, own]);
  expect(await profile(early)).toBe('欧阳小满');
  await early.post('/profile', { ...early.person, plate: '京B00001' }).expect(303);

  await holding.commit();
  const { stdout } = await looking;
  expect(stdout).toMatch(
    /every process has i2 \(2\)[\s\S]*works with i2 \(2\)[\s\S]*visitor\.phone_hash: (\d+) of \1 looked at, \d+ hashed anew/,
  );
  const sealed = await system.owner('visitor').whereNotNull('phone_hash').select('id', 'phone_enc', 'phone_hash');
  const cipher = createFieldCipher(web().field);
  const index = createBlindIndex({ ...web().index, keys: { i2: web().index.keys.i2 ?? Buffer.alloc(0) } });
  for (const { id, phone_enc, phone_hash } of sealed) {
    expect(phone_hash).toEqual(
      index('phone', cipher.open({ table: 'visitor', column: 'phone_enc', row: id }, phone_enc)),
    );
  }
});

const accounts = async () => (await system.owner('visitor').whereNull('superseded_at')).length;
const heldBy = async (kind: 'index', current: string) =>
  (await keyHolders(system.db, kind)).filter((one) => one.current === current).length;
async function accountOf({ phone }: VisitorBrowser): Promise<string> {
  const rows = await system.owner('visitor').whereNull('superseded_at').select('id', 'phone_enc');
  const cipher = createFieldCipher(web().field);
  const same = rows.filter(
    ({ id, phone_enc }) => cipher.open({ table: 'visitor', column: 'phone_enc', row: id }, phone_enc) === phone,
  );
  expect(same).toHaveLength(1);
  return same[0].id;
}

test('codec: a workflow begun before goes on, gates keep theirs, and what begins now is sealed anew', async () => {
  const { task, reservation } = await aWaitingVisit(system, await new VisitorBrowser(system).settle());
  await rotate('codec');
  expect(web().codec).toMatchObject({ current: 'c2', gates: 'c1' });
  const approver = await staffBrowser(system.web, 'approver');
  const decision = { request: randomUUID(), verdict: 'approved', reason: '' };
  await approver.post(`/inbox/${task}/decision`).type('form').send(decision).expect(303);
  await until(() => system.owner('reservation').where({ id: reservation, stage: 'visit' }).first('id'), 'a visit');
  const begun = await aWaitingVisit(system, await new VisitorBrowser(system).settle());
  const keysIn = async (workflow: string) => {
    const history = await system.client.workflow.getHandle(workflow).fetchHistory();
    const ids = JSON.stringify(history, (name, value) =>
      name === 'encryption-key-id' ? Buffer.from(value, 'base64').toString() : value,
    ).matchAll(/"encryption-key-id":"([^"]+)"/g);
    return [...new Set([...ids].map(([, id]) => id))];
  };
  expect(await keysIn(`reservation/${begun.reservation}`)).toEqual(['c2']);
  expect(await keysIn(`reservation/${reservation}`)).toEqual(['c1', 'c2']);
  await until(async () => (await keysIn('gate/south').catch(() => [])).length > 0, 'the gate was told');
  expect(await keysIn('gate/south')).toEqual(['c1/gate/south']);
});

test('session: people who are signed in stay so, and new cookies are signed by the new secret', async () => {
  const [before] = web().session;
  const late = await new VisitorBrowser(system).settle();
  await rotate('session');
  expect(web().session[0]).not.toBe(before);
  expect(web().session).toContain(before);
  await late.page('/profile');
  const newcomer = await new VisitorBrowser(system).settle();
  await newcomer.page('/profile');
});
