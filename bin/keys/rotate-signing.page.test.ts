import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { load } from 'cheerio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeClaims, fromQrText, phoneKeyOf, showBoundPass, toQrText } from '../../domain/pass-token.ts';
import { stepAt } from '../../domain/renewal.ts';
import type { SigningFile } from '../../platform/key-making.ts';
import { readGateKeys } from '../../platform/keys.ts';
import { readCredentials } from '../../store/passes/pass.ts';
import { readVisitCode } from '../../store/passes/visit-code.ts';
import { anApprovedVisit } from '../../testing/approved.ts';
import { scannerAt } from '../../testing/gates.ts';
import { pageAgent } from '../../testing/page-agent.ts';
import { aPhone } from '../../testing/passes.ts';
import { somebody } from '../../testing/reservations.ts';
import { sharedGround } from '../../testing/system/ground.ts';
import { type GateId, type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { keyFiles } from './key-files.ts';

/** Keys that sign what gates read are replaced beneath gates that run and are not started again. */

let system: System;
let folder: string;
let env: Record<string, string | undefined>;
beforeAll(async () => {
  const ground = await sharedGround();
  system = await startSystem({ ground });
  folder = join(system.folder, 'keys');
  env = { ...process.env, DATABASE_URL: ground.url };
  await until(async () => (await system.db('key_holder')).length === 2, 'both processes say which keys they hold');
});
afterAll(() => system?.stop());

const keys = (command: string[], more: Record<string, string> = {}) =>
  promisify(execFile)(process.execPath, ['bin/keys.ts', ...command, folder], { env: { ...env, ...more } });
const signingFile = (kind: 'renewal' | 'feed'): SigningFile =>
  JSON.parse(readFileSync(join(folder, 'web', `${kind}.json`), 'utf8'));
const inUse = (kind: 'renewal' | 'feed' | 'pass') => keyFiles(folder, kind).inUse();

/** A pass whose page is open on a phone: what it shows now, and what each gate says to that. */
async function aPassInHand() {
  const { pass } = await anApprovedVisit(system);
  const agent = pageAgent(system.web).set({ Origin: system.web });
  const code = (await readVisitCode(system.db, system.cipher, pass)) ?? '';
  await agent.post(`/passes/${pass}/opening`).type('form').send({ code }).expect(303);
  const shown = async () =>
    load((await agent.get(`/passes/${pass}/qr`).expect(200)).text)('.qr').attr('data-text') ?? '';
  return { pass, shown, agent };
}
const at = (gate: GateId, value: string) =>
  scannerAt(() => system.gates[gate].url, system.gates[gate].deviceToken)({ value });
const renewalKeyOf = (text: string) => Buffer.from(fromQrText(text) ?? []).readUInt16BE(112);
const tokenOf = async (pass: string): Promise<Buffer> =>
  (await readCredentials(system.db, system.cipher, pass))?.token ?? Buffer.alloc(0);
const passKeyOf = async (pass: string) => decodeClaims(await tokenOf(pass))?.keyId;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

test.each(['renewal', 'feed', 'pass'] as const)('%s: nothing is signed by a key that a gate lacks', async (kind) => {
  const { current } = inUse(kind);
  await system.parts['gate-south'].stop();
  const failed = await keys(['rotate', kind], { KEYS_PATIENCE_MS: '4000' }).catch((error: { stderr: string }) => error);
  expect(failed.stderr).toMatch(new RegExp(`do not believe ${kind}/\\d+: south\\.`));
  expect(inUse(kind)).toEqual({ current, next: expect.any(String) });
  await system.parts['gate-south'].start();
});

test('a lost key of renewals, and one that lay ready beside it: a page that is open goes on opening gates; the lost ones open nothing', async () => {
  const { shown } = await aPassInHand();
  const [first, { next }] = [await shown(), inUse('renewal')];
  expect(renewalKeyOf(first)).toBe(2);
  const { stdout } = await keys(['revoke', 'renewal', '2']);
  expect(stdout).toMatch(/every process has 4 \(1\)[\s\S]*every gate in service believes 4\.[\s\S]*works with 4/);
  expect(stdout).toMatch(/2 is revoked\.[\s\S]*no gate in service believes 2\.[\s\S]*no gate in service believes 3\./);
  for (const gate of ['south', 'east'] as const) {
    expect(await at(gate, first)).toMatchObject({ open: false, reason: 'bad_signature' });
  }
  expect(Object.keys(signingFile('renewal').keys)).toEqual(['4']);
  expect(next).toBe('3');
  const text = await shown();
  expect(renewalKeyOf(text)).toBe(4);
  for (const gate of ['south', 'east'] as const) expect(await at(gate, text)).toMatchObject({ open: true });
});

test('revoking names a gate that believes a key which nobody here told of', async () => {
  const { db } = system;
  const east = await db('gate').where({ id: 'east' }).first();
  // A box that is away, and said so when it was last heard of.
  await db('gate').insert({ ...east, id: 'west', number: 60 });
  const contact = await db('gate_contact').where({ gate_id: 'east' }).first();
  await db('gate_contact').insert({ ...contact, gate_id: 'west', believed_keys: ['renewal/4', 'renewal/77'] });
  const failed = await keys(['revoke', 'renewal', '3'], { KEYS_PATIENCE_MS: '0' }).catch((error) => error);
  expect(failed.stderr).toContain('Nobody here told of these keys: west believes renewal/77.');
  await db('gate').where({ id: 'west' }).update({ retired_at: new Date() });
  expect((await keys(['revoke', 'renewal', '3'])).stdout).toContain('no gate in service believes 3.');
});

test('a lost key of the feed: gates read on, pages signed by the next key, and believe the lost one no more', async () => {
  const { stdout } = await keys(['revoke', 'feed', '3']);
  expect(stdout).toMatch(/3 is revoked\.[\s\S]*no gate in service believes 3\./);
  expect(inUse('feed').current).toBe('5');
  expect(Object.keys(signingFile('feed').keys)).toEqual(['5']);
  const { pass } = await aPassInHand();
  const { reservation_id } = await system.db('pass').where({ id: pass }).first();
  const unread = () =>
    system
      .db('gate_feed as f')
      .join('gate_contact as c', 'c.gate_id', 'f.gate_id')
      .where({ reservation_id })
      .whereRaw('c.pulled_through < f.position');
  await until(async () => (await unread()).length === 0, 'both gates have read on');
});

test('pass: what was made before still opens, and so does what the next key makes', async () => {
  const before = await aPassInHand();
  await keys(['rotate', 'pass']);
  const after = await aPassInHand();
  expect([await passKeyOf(before.pass), await passKeyOf(after.pass)]).toEqual([1, 2]);
  for (const { shown } of [before, after]) {
    for (const gate of ['south', 'east'] as const) expect(await at(gate, await shown())).toMatchObject({ open: true });
  }
});

test('gate: its box holds both pairs before the server believes the next one', async () => {
  const file = join(folder, 'gate-south', 'gate.json');
  const stored = () => system.db('gate').where({ id: 'south' }).first('identity_key', 'sealing_key', 'feed_epoch');
  const before = await stored();
  await system.parts['gate-south'].stop();
  const failed = await keys(['rotate', 'gate', 'south'], { KEYS_PATIENCE_MS: '4000' }).catch(
    (error: { stderr: string }) => error,
  );
  expect(failed.stderr).toContain(`Gate south has not said that it holds its next keys. Copy ${file} to its box`);
  expect(await stored()).toEqual(before);
  expect(readGateKeys(join(folder, 'gate-south')).next).toBeDefined();
  await system.parts['gate-south'].start();
});

test('gate: it opens all along, reads on by the next keys, and the former ones are gone', async () => {
  const former = readGateKeys(join(folder, 'gate-south'));
  const early = await Promise.all(Array.from({ length: 4 }, aPassInHand));
  const [first] = early;
  if (!first) throw new Error('There is no pass');
  await until(async () => (await at('south', await first.shown())).open, 'the gate opens');
  const rotating = keys(['rotate', 'gate', 'south']);
  let done = false;
  const ended = rotating.finally(() => {
    done = true;
  });
  for (const { shown } of early.slice(1)) {
    if (!done) await new Promise((later) => setTimeout(later, 400));
    expect(await at('south', await shown())).toMatchObject({ open: true });
  }
  const { stdout } = await ended;
  expect(stdout).toMatch(/holds both pairs[\s\S]*sealed to the next key[\s\S]*once more[\s\S]*the next keys alone/);
  const now = readGateKeys(join(folder, 'gate-south'));
  expect([now.next, now.device, now.console]).toEqual([undefined, former.device, former.console]);
  expect(now.identity).toEqual(former.next?.identity);
  const stored = await system.db('gate').where({ id: 'south' }).first('identity_key', 'sealing_key');
  expect([stored.identity_key, stored.sealing_key]).toEqual([now.identity.public, now.sealing.public]);

  // A code opens only out of a row that the gate could open: of before, sealed anew, and of now.
  const late = await aPassInHand();
  for (const { pass } of [first, late]) {
    const value = (await readCredentials(system.db, system.cipher, pass))?.gateCode ?? '';
    const document = somebody.document.slice(-6);
    const answer = () =>
      scannerAt(() => system.gates.south.url, system.gates.south.deviceToken)({ value, kind: 'code', document });
    await until(async () => (await answer()).open, 'the code opens');
  }
});

test('a lost key of passes: what it signed opens nothing, and every page shows a pass that does', async () => {
  const { current } = inUse('pass');
  const [held, bound] = [await aPassInHand(), await aPassInHand()];
  const phone = aPhone();
  const key = Buffer.from(phone.key).toString('base64');
  await bound.agent.post(`/passes/${bound.pass}/bindings`).type('form').send({ key, request: randomUUID() });
  await until(async () => (await tokenOf(bound.pass)).length === 145, 'it is bound to the phone');
  const [before, boundBefore] = [await held.shown(), await tokenOf(bound.pass)];
  const { stdout } = await keys(['revoke', 'pass', current]);
  expect(stdout).toMatch(/believes \d+\.[\s\S]*made anew\.[\s\S]*is revoked\.[\s\S]*no gate in service believes/);

  const boundNow = await tokenOf(bound.pass);
  const show = (token: Buffer) =>
    toQrText(showBoundPass(token, { step: stepAt(Date.now()), sign: phone.sign, sha256 }));
  for (const gate of ['south', 'east'] as const) {
    expect(await at(gate, before)).toMatchObject({ open: false, reason: 'bad_signature' });
    expect(await at(gate, show(boundBefore))).toMatchObject({ open: false, reason: 'bad_signature' });
    await until(async () => (await at(gate, await held.shown())).open, `${gate} opens`);
    await until(async () => (await at(gate, show(boundNow))).open, `${gate} opens to the phone`);
  }
  expect(phoneKeyOf(boundNow)).toEqual(Buffer.from(phone.key));
  const passes = async () => system.db('pass').orderBy(['id', 'version']).select('id', 'version', 'key_id');
  const after = await passes();
  for (const { id } of after) expect(await passKeyOf(id)).not.toBe(Number(current));
  for (const { pass } of [held, bound]) expect(await passKeyOf(pass)).toBe(Number(inUse('pass').current));
  await keys(['revoke', 'pass', current]);
  expect(await passes()).toEqual(after);
});
