import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'cheerio';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  enrolmentAskText,
  enrolmentLookText,
  makeEnrolmentCode,
  showEnrolmentCode,
} from '../../../domain/gate-enrolment.ts';
import { enrol } from '../../../gate-worker/enrolment/enrol.ts';
import { startGate } from '../../../gate-worker/start.ts';
import { hashEnrolmentCode, openEnrolment, sealForEnrolment } from '../../../platform/enrolment-seal.ts';
import { generateGatePair } from '../../../platform/key-making.ts';
import { readGateKeys } from '../../../platform/keys.ts';
import { createSigner } from '../../../platform/signing.ts';
import { createStaff } from '../../../store/staff/staff.ts';
import { temporaryFolder } from '../../../testing/folder.ts';
import { gateSettings, serve } from '../../../testing/gates.ts';
import { staffBrowser } from '../../../testing/staff-browser.ts';
import { type System, startSystem } from '../../../testing/system.ts';
import { until } from '../../../testing/until.ts';

let system: System;
let admin: Awaited<ReturnType<typeof staffBrowser>>;
let approver: typeof admin;
let campus: string;
beforeAll(async () => {
  system = await startSystem({ start: ['web', 'worker'] });
  [admin, approver] = await Promise.all([staffBrowser(system.web, 'admin'), staffBrowser(system.web, 'approver')]);
  campus = (await system.owner('campus').first()).id;
  await until(async () => (await system.owner('public_key').where({ use: 'pass' })).length > 0, 'keys are told');
}, 180_000);
afterAll(() => system?.stop());

const top = '/admin/content/enrolments';
const send = (path: string, body: Record<string, string>, agent = admin) => agent.post(path).type('form').send(body);
const typed = (code: string, place: Record<string, string> = { campus }) => send(`${top}/codes`, { ...place, code });
const problemAt = (answer: { text: string }, field = 'code') => load(answer.text)(`#field-${field}-error`).text();

/** The command on a box, as far as it shows its code. `server`: what it believes to be `web`. */
function aBox({ folder = temporaryFolder('xiaomen-box-'), server = system.web, again = false } = {}) {
  const lines: string[] = [];
  const giveUp = new AbortController();
  const done = enrol({ folder, server, again, say: (line) => lines.push(line), every: 20, signal: giveUp.signal });
  done.catch(() => undefined);
  const shown = (name: string) =>
    until(
      () =>
        lines
          .find((line) => line.startsWith(name))
          ?.slice(name.length)
          .trim(),
      `the box shows ${name}`,
    );
  return {
    folder,
    done,
    code: () => shown('Code:'),
    fingerprint: () => shown('Fingerprint:'),
    async giveUp() {
      giveUp.abort();
      await done.catch(() => undefined);
    },
  };
}
const names = (id: string) => ({ gate_id: id, name_zh: '新门', name_en: 'New gate' });

/** A box whose messages a test makes by itself. */
function bareBox(pair = generateGatePair(), code = makeEnrolmentCode(randomBytes(17))) {
  const codeHash = hashEnrolmentCode(code).toString('base64');
  const keys = { identityKey: pair.identity.public, sealingKey: pair.sealing.public };
  const post = (path: string, body: object) => supertest(system.web).post(path).send(body);
  const signed = (text: string) => createSigner(pair.identity.private)(Buffer.from(text)).toString('base64');
  return {
    code,
    pair,
    ask(change: object = {}, time = Date.now()) {
      const said = { codeHash, time, ...keys };
      return post('/gates/enrolments', { ...said, signature: signed(enrolmentAskText(said)), ...change });
    },
    look(change: object = {}, time = Date.now()) {
      const said = { codeHash, time };
      return post('/gates/enrolments/answers', { ...said, signature: signed(enrolmentLookText(said)), ...change });
    },
  };
}

describe('a box becomes a gate', () => {
  test('by the code that it shows, the fingerprint that an admin compares, and nothing that is carried to it', async () => {
    const box = aBox();
    const answer = await typed((await box.code()).toLowerCase().replaceAll('-', ' ')).expect(200);
    const $ = load(answer.text);
    expect($('dd strong').text()).toBe(await box.fingerprint());
    const form = { campus, code: String($('form [name=code]').val()) };
    const refused = await send(top, { ...form, ...names('south') }).expect(422);
    expect(problemAt(refused, 'gate_id')).not.toBe('');
    expect(load(refused.text)('[name=name_zh]').val()).toBe('新门');
    for (const _ of [1, 2]) await send(top, { ...form, ...names('orchard') }).expect(303);

    const { gate, pin } = await box.done;
    expect([gate, pin]).toEqual(['orchard', expect.stringMatching(/^\d{6}$/)]);
    expect(readdirSync(box.folder).toSorted()).toEqual(['gate.json', 'trust.json']);
    const audited = await system.owner('audit').where({ action: 'gate_enrolled', subject_id: 'orchard' });
    expect(audited).toHaveLength(1);

    // It knows by itself which gate it is, and its feed answers it.
    const { GATE_ID: _, ...settings } = await gateSettings({ id: 'orchard', keys: box.folder, feed: system.web });
    const running = await startGate(settings);
    try {
      const ready = async () => /"ready":true/.test(await (await fetch(`${running.opsUrl}/readyz`)).text());
      await until(ready, 'the gate has read its feed');
      const row = await system.owner('gate').where({ id: 'orchard' }).first();
      const keys = readGateKeys(box.folder);
      expect(row.identity_key.equals(keys.identity.public)).toBe(true);
      expect(new Set(keys.trust.map(({ use }) => use))).toEqual(new Set(['pass', 'renewal', 'feed']));
    } finally {
      await running.stop();
    }
  });

  test('in the place of another one: the former is answered no more, and its store, PIN and device stay', async () => {
    const first = aBox();
    await send(top, { campus, code: await first.code(), ...names('vineyard') }).expect(303);
    await first.done;
    const before = readGateKeys(first.folder);
    await expect(enrol({ folder: first.folder, server: system.web, say: () => undefined })).rejects.toThrow(/--again/);
    const again = aBox({ folder: first.folder, again: true });
    const place = { gate: 'vineyard' };
    expect((await typed(await again.code(), place).expect(200)).text).toContain(await again.fingerprint());
    await send(top, { ...place, code: await again.code() }).expect(303);
    expect(await again.done).toEqual({ gate: 'vineyard' });
    const after = readGateKeys(first.folder);
    expect(after.local.equals(before.local)).toBe(true);
    expect(after.device).toEqual(before.device);
    expect(after.identity.public.equals(before.identity.public)).toBe(false);
    const row = await system.owner('gate').where({ id: 'vineyard' }).first();
    expect(row.identity_key.equals(after.identity.public)).toBe(true);
    expect(row.feed_epoch).not.toBeNull();
  });

  test('that was interrupted after the confirmation and goes on with the same code', async () => {
    const box = aBox();
    const code = await box.code();
    await box.giveUp();
    await send(top, { campus, code, ...names('meadow') }).expect(303);
    expect((await aBox({ folder: box.folder }).done).gate).toBe('meadow');
  });
});

describe('a code is refused at its field', () => {
  test('where it is empty, mistyped, of nobody, too old, refused or used', async () => {
    const [late, refused, used] = [bareBox(), bareBox(), bareBox()];
    for (const box of [late, refused, used]) await box.ask().expect(200, /waiting/);
    await system
      .owner('gate_enrolment')
      .where({ code_hash: hashEnrolmentCode(late.code) })
      .update({ expires_at: new Date(Date.now() - 1_000) });
    const hidden = load((await typed(refused.code).expect(200)).text)('form [name=code]')
      .first()
      .val();
    await send(`${top}/refusals`, { campus, code: String(hidden) }).expect(303);
    await send(top, { campus, code: used.code, ...names('hillside') }).expect(303);

    const told: string[] = [];
    const nobodys = makeEnrolmentCode(randomBytes(17));
    for (const code of ['', 'south', `${nobodys.slice(0, -1)}*`, nobodys, late.code, refused.code, used.code]) {
      const answer = await typed(code).expect(422);
      expect(load(answer.text)('[name=code]').val()).toBe(code);
      told.push(problemAt(answer));
    }
    expect(told.every(Boolean)).toBe(true);
    // What is no code is one sentence; what is one, a sentence for each reason.
    expect(new Set(told).size).toBe(6);
    // Between looking and confirming it may have ended.
    for (const box of [late, refused]) {
      const answer = await send(top, { campus, code: box.code, ...names('late') }).expect(422);
      expect(problemAt(answer)).not.toBe('');
    }
    expect(problemAt(await send(top, { campus, code: used.code, ...names('second') }).expect(422))).not.toBe('');
    expect(await system.owner('gate').whereIn('id', ['late', 'second'])).toEqual([]);
    for (const [box, state] of [
      [late, 'expired'],
      [refused, 'refused'],
      [used, 'confirmed'],
    ] as const)
      await box.look().expect(200, new RegExp(state));
  });

  test('for an admin alone', async () => {
    const box = bareBox();
    await box.ask().expect(200);
    await approver.get(`${top}/new?campus=${campus}`).expect(404);
    await send(`${top}/codes`, { campus, code: box.code }, approver).expect(404);
    await send(top, { campus, code: box.code, ...names('stolen') }, approver).expect(404);
    expect(await system.owner('gate').where({ id: 'stolen' })).toEqual([]);
    await admin.get(`${top}/new?campus=nowhere`).expect(404);
  });

  test('a person who guesses is stopped, by account and by network, and nobody else', async () => {
    const login = { username: 'second.admin', password: 'correct horse battery' };
    await system.db.transaction((trx) => createStaff(trx, { ...login, name: '李四', isAdmin: true, mayUnmask: false }));
    const second = await staffBrowser(system.web, login);
    const type = async (agent: typeof admin, from: string, code: string) =>
      (await send(`${top}/codes`, { campus, code }, agent).set('X-Forwarded-For', from)).status;
    const [guessers, others] = ['203.0.113.9', '203.0.113.10'];
    const box = bareBox();
    await box.ask().expect(200);
    await system.owner('attempt').where({ kind: 'gate_code_account' }).delete();
    const answers: number[] = [];
    for (let n = 0; n < 20; n += 1) answers.push(await type(admin, guessers, makeEnrolmentCode(randomBytes(17))));
    expect(answers).toEqual(Array(20).fill(422));
    expect(await type(admin, guessers, box.code)).toBe(429);
    expect(await type(admin, others, box.code)).toBe(429);
    expect(await type(second, guessers, box.code)).toBe(429);
    expect(await type(second, others, box.code)).toBe(200);
    const told = { action: 'gate_enrolment_refused', actor_kind: 'staff' };
    const audited = await system.owner('audit').where(told).whereRaw(`detail->>'why' = 'unknown'`);
    expect(audited.length).toBeGreaterThanOrEqual(20);
    await system.owner('attempt').where({ kind: 'gate_code_account' }).delete();
  });
});

describe('a stranger', () => {
  test('proves its keys, within two minutes, or is refused', async () => {
    const box = bareBox();
    const other = bareBox();
    await box.ask({ signature: Buffer.alloc(64).toString('base64') }).expect(401, /not_accepted/);
    await box.ask({ identityKey: other.pair.identity.public }).expect(401, /not_accepted/);
    await box.ask({}, Date.now() - 600_000).expect(401, /clock/);
    for (const change of [
      { sealingKey: Buffer.alloc(32).toString('base64') },
      { sealingKey: 'x' },
      { codeHash: '' },
      { more: 1 },
    ])
      await box.ask(change).expect(400);
    await supertest(system.web).post('/gates/enrolments').type('text').send('{').expect(400);
    await box.look().expect(401, /not_accepted/);
    await box.ask().expect(200);
    // Somebody who saw the hash on the line: neither in its place, nor what it is told.
    const thief = bareBox(generateGatePair(), box.code);
    await thief.ask().expect(401, /not_accepted/);
    await thief.look().expect(401, /not_accepted/);
    await box.ask().expect(200, /waiting/);
  });

  test('on the line who puts keys of their own there shows another fingerprint than the box', async () => {
    const thief = generateGatePair();
    const inBetween = await serve(async (req, res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk);
      const said = JSON.parse(Buffer.concat(chunks).toString());
      const keys = { identityKey: thief.identity.public, sealingKey: thief.sealing.public };
      const changed = { ...said, ...(said.identityKey && keys) };
      const text = said.identityKey ? enrolmentAskText(changed) : enrolmentLookText(changed);
      const signature = createSigner(thief.identity.private)(Buffer.from(text)).toString('base64');
      const answer = await fetch(system.web + req.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...changed, signature }),
      });
      res.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
    });
    try {
      const box = aBox({ server: inBetween.url });
      const shown = load((await typed(await box.code()).expect(200)).text)('dd strong').text();
      expect(shown).not.toBe(await box.fingerprint());
      await send(`${top}/refusals`, { campus, code: await box.code() }).expect(303);
      await expect(box.done).rejects.toThrow(/refused/);
    } finally {
      await inBetween.close();
    }
  });

  test('on the line cannot make what the box would take for the server: it lacks the code', async () => {
    const box = bareBox();
    const lie = Buffer.from(JSON.stringify({ gate: 'south' }));
    const sealed = sealForEnrolment(
      Buffer.from(box.pair.sealing.public, 'base64'),
      makeEnrolmentCode(randomBytes(17)),
      lie,
    );
    expect(() => openEnrolment(box.pair.sealing.private, box.code, sealed)).toThrow();
    const liar = await serve((_req, res) =>
      res
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ state: 'confirmed', sealed: sealed.toString('base64') })),
    );
    try {
      const folder = temporaryFolder('xiaomen-box-');
      await expect(aBox({ folder, server: liar.url }).done).rejects.toThrow(/somebody is on the line/);
      expect(readdirSync(folder)).not.toContain(join('gate.json'));
    } finally {
      await liar.close();
    }
  });

  test('who asks all the time from one network is told to wait', async () => {
    await system.owner('attempt').where({ kind: 'gate_enrolment_address' }).delete();
    for (let n = 0; n < 20; n += 1) await bareBox().ask().expect(200);
    const answer = await bareBox()
      .ask()
      .expect(429, /too_many/);
    expect(Number(answer.get('Retry-After'))).toBeGreaterThan(0);
    await system.owner('attempt').where({ kind: 'gate_enrolment_address' }).delete();
    await bareBox().ask().expect(200);
  });
});

test('the page of a new gate and that of a box lead to it', async () => {
  for (const [path, place] of [
    [`/admin/content/gates/new?campus=${campus}`, `campus=${campus}`],
    ['/admin/content/gates/south/keys', 'gate=south'],
  ]) {
    const $ = load((await admin.get(String(path)).expect(200)).text);
    expect($(`a[href="${top}/new?${place}"]`)).toHaveLength(1);
    await admin.get(`${top}/new?${place}`).expect(200);
  }
});

test('a code is shown in groups, and read as people type it', () => {
  expect(showEnrolmentCode(makeEnrolmentCode(randomBytes(17)))).toMatch(/^([0-9A-Z]{3}-){8}[0-9A-Z]{3}$/);
});
