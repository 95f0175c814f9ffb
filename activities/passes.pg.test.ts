import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { includesGate } from '../domain/gates-bitmap.ts';
import { decodeClaims } from '../domain/pass-claims.ts';
import { readPass } from '../domain/pass-token.ts';
import { createBlindIndex, createFieldCipher, openSealed } from '../platform/crypto.ts';
import { createGateCodes } from '../platform/gate-codes.ts';
import { generatePair } from '../platform/keys.ts';
import { createVerifier } from '../platform/signing.ts';
import { replaceGateKeys } from '../store/gates/gate-keys.ts';
import { retireAndReissue } from '../store/gates/gate-reissue.ts';
import { visitFaults } from '../store/office/visit-fault.ts';
import { holderOf, passesOfReservation, readCredentials } from '../store/passes/pass.ts';
import { checkVisitCode, readVisitCode, triesAllowed } from '../store/passes/visit-code.ts';
import { readPeople, writeSubmission } from '../store/reservations/submission.ts';
import { aCampus } from '../testing/campus.ts';
import { decided } from '../testing/decided.ts';
import { testKeys } from '../testing/keys.ts';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { aSubmittedPerson, aSubmittedVisit } from '../testing/submitted.ts';
import { issuePasses, revokePasses } from './passes.ts';
import { replaceVisitCode } from './visit-code.ts';

const from = Math.floor(Date.now() / 1000) * 1000;
const until = from + 3_600_000;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

describe('passes', () => {
  let database: TestDatabase;
  let keys: Awaited<ReturnType<typeof testKeys>>;
  let deps: Parameters<typeof issuePasses>[0];
  let sealing: Parameters<typeof writeSubmission>[1];
  const ids = { campus: '', department: randomUUID(), reason: randomUUID(), notice: randomUUID() };

  beforeAll(async () => {
    [keys, database] = await Promise.all([testKeys(), freshDatabase()]);
    sealing = { cipher: createFieldCipher(keys.web.field), index: createBlindIndex(keys.web.index) };
    deps = {
      db: database.db,
      cipher: sealing.cipher,
      passKeys: keys.worker.pass,
      gateCodes: createGateCodes(keys.worker.codec),
    };
    const { owner } = database;
    ids.campus = (await aCampus(owner, keys.folders.gates, { number: 7 })).id;
    await owner('department').insert({ id: ids.department, campus_id: ids.campus, name_zh: '甲', name_en: 'A' });
    await owner('reason').insert({ id: ids.reason, name_zh: '乙', name_en: 'B', position: 1 });
    await owner('notice').insert({
      id: ids.notice,
      version: 1,
      kind: 'filling',
      title_zh: '须',
      title_en: 'N',
      body_zh: '…',
      body_en: '…',
      text_hash: sha256(Buffer.from('…')),
    });
  });
  afterAll(() => database.drop());

  /** An approved reservation of so many people; all of the lead's account unless the others have one of their own. */
  async function approved(people = 1, other?: string) {
    const [visitor, consent, person, reservation, submission] = [1, 2, 3, 4, 5].map(() => randomUUID()) as [
      string,
      string,
      string,
      string,
      string,
    ];
    const { owner } = database;
    await owner('visitor').insert({ id: visitor });
    await owner('consent').insert({
      id: consent,
      visitor_id: visitor,
      notice_id: ids.notice,
      purpose: 'personal_information',

      text_hash: Buffer.alloc(32),
      channel: 'browser',
    });
    const sealed = Buffer.alloc(1);
    await owner('person').insert({
      id: person,
      visitor_id: visitor,
      name_enc: sealed,
      sex: 'male',
      phone_enc: sealed,

      document_type: 'passport',
      document_enc: sealed,
      document_hash: sealed,
      document_tail_hash: sealed,
    });
    await owner('reservation').insert({ id: reservation, visitor_id: visitor, stage: 'details' });
    const submitted = (ordinal: number) =>
      aSubmittedPerson({ person, visitor: (ordinal > 0 && other) || visitor, consent, ordinal, plate: '京A12345' });
    await database.db.transaction((trx) =>
      writeSubmission(
        trx,
        sealing,
        aSubmittedVisit({
          id: submission,
          reservation,
          campus: ids.campus,
          department: ids.department,
          reason: ids.reason,

          from: new Date(from),
          until: new Date(until),
          people: Array.from({ length: people }, (_, ordinal) => submitted(ordinal)),
        }),
      ),
    );
    await owner('reservation')
      .where({ id: reservation })
      .update({
        stage: 'pass',
        submission_id: submission,
        ordinals: Array.from({ length: people }, (_, ordinal) => ordinal),
      });
    await decided(owner, { reservation, submission });
    return { reservation, submission };
  }
  const issue = ({ reservation, submission }: { reservation: string; submission: string }, seq = 1) =>
    issuePasses(deps)({ reservation, submission, seq, ordinals: [0, 1] });
  const feed = (reservation: string) =>
    database.db('gate_feed').where({ reservation_id: reservation }).orderBy(['gate_id', 'position']);
  const close = (reservation: string) =>
    database
      .owner('reservation')
      .where({ id: reservation })
      .update({ stage: 'closed', outcome: 'cancelled', closed_at: new Date() });

  it('are not signed without the row of a decision', async () => {
    const visit = await approved();
    const { owner } = database;
    const decisionOf = () => owner('decision').where({ submission_id: visit.submission });
    const nothing = async (what: string) => {
      await expect(issue(visit), what).rejects.toThrow('No decision stands');
      expect(await passesOfReservation(deps.db, visit.reservation), what).toEqual([]);
    };
    const { request_id: request } = await decisionOf().first();
    await owner('request').where({ id: request }).update({ status: 'refused' });
    await nothing('the workflow refused it');
    await owner('request').where({ id: request }).update({ status: 'answered', actor_id: randomUUID() });
    await nothing('somebody else asked');
    await owner('decision').where({ request_id: request }).update({ submission_id: null });
    await nothing('it was for something else');
    expect(await visitFaults(deps.db, 10)).toContainEqual(
      expect.objectContaining({ reservation: visit.reservation, kind: 'unsigned' }),
    );
  });

  it('wait a moment while their approval may be taken back, and are not wanted once it was', async () => {
    const visit = await approved();
    const { reservation } = visit;
    const { request_id: decision } = await database
      .owner('decision')
      .where({ submission_id: visit.submission })
      .first();
    const withdrawal = { id: randomUUID(), reservation_id: reservation, kind: 'withdraw_decision' };
    await database.owner('request').insert({
      ...withdrawal,
      actor_kind: 'staff',
      actor_id: randomUUID(),
      payload: JSON.stringify({ task: randomUUID(), decision }),
    });
    const becomes = (status: string, answer: object | null) =>
      database
        .owner('request')
        .where({ id: withdrawal.id })
        .update({ status, answer: answer && JSON.stringify(answer) });
    const faults = async () => (await visitFaults(deps.db, 50)).filter((fault) => fault.reservation === reservation);
    await expect(issue(visit)).rejects.toMatchObject({ type: 'unsigned', nextRetryDelay: '1 second' });
    expect(await faults()).toEqual([]);
    await becomes('answered', { ok: true, stage: 'approval', seq: 5 });
    expect(await issue(visit, 4)).toEqual({ passes: 0 });
    // What is wanted after it was taken back needs a signature of its own.
    await expect(issue(visit, 6)).rejects.toMatchObject({ type: 'unsigned', nextRetryDelay: '1 minute' });
    expect(await faults()).toHaveLength(1);
    // Approved again: what was wanted before is not wanted for that, whether its answer has arrived or only shows.
    await decided(database.owner, visit);
    expect(await issue(visit, 4)).toEqual({ passes: 0 });
    await becomes('pending', null);
    const line = { reservation_id: reservation, seq: 5, n: 0, kind: 'decision_withdrawn', at: new Date() };
    await database.owner('timeline').insert({ ...line, actor_kind: 'staff', actor_id: randomUUID() });
    await expect(issue(visit, 4)).rejects.toMatchObject({ type: 'unsigned', nextRetryDelay: '1 second' });
    await database.owner('timeline').where({ reservation_id: reservation }).delete();
    expect(await passesOfReservation(deps.db, reservation)).toEqual([]);
    await becomes('refused', { ok: false, code: 'wrong_stage' });
    expect(await issue(visit)).toEqual({ passes: 1 });
  });

  it('are not signed for a change that only its visitor asked for, unless it narrows what was approved', async () => {
    const visit = await approved();
    const { owner } = database;
    const [lead] = await readPeople(deps.db, deps.cipher, visit.submission);
    const { visitor_id: visitor } = await owner('reservation').where({ id: visit.reservation }).first();
    const change = async (until: Date) => {
      const submission = randomUUID();
      await database.db.transaction((trx) =>
        writeSubmission(
          trx,
          sealing,
          aSubmittedVisit({
            id: submission,
            reservation: visit.reservation,
            kind: 'change',
            base: visit.submission,
            campus: ids.campus,
            department: ids.department,
            reason: ids.reason,
            from: new Date(from),
            until,
            people: lead ? [lead] : [],
          }),
        ),
      );
      await owner('request').insert({
        id: randomUUID(),
        reservation_id: visit.reservation,
        kind: 'change',
        actor_kind: 'visitor',
        actor_id: visitor,
        payload: JSON.stringify({ submission }),
      });
      return { reservation: visit.reservation, submission };
    };
    const longer = await change(new Date(until + 3_600_000));
    await expect(issue(longer, 2)).rejects.toThrow('No decision stands');
    const shorter = await change(new Date(until - 600_000));
    expect(await issue(shorter, 3)).toEqual({ passes: 1 });
  });

  it('are each signed for one person, one campus, its gates and one window', async () => {
    const visit = await approved();
    expect(await issue(visit)).toEqual({ passes: 1 });
    const [pass] = await passesOfReservation(deps.db, visit.reservation);
    const credentials = await readCredentials(deps.db, deps.cipher, pass?.id ?? '');
    const verify = createVerifier(keys.worker.pass.currentPair.public);
    const read = readPass(credentials?.token ?? Buffer.alloc(0), {
      sha256,
      verify: (use, _, message, signature) => use === 'pass' && verify(message, signature),
      verifyPhone: () => false,
    });
    expect(read).toMatchObject({
      authentic: true,
      claims: { reservation: visit.reservation, ordinal: 0, version: 1, campus: 7, from, until },
    });
    expect([0, 1, 2].map((gate) => read && includesGate(read.claims.gates, gate))).toEqual([true, true, false]);
  });

  it('are sealed anew to the box that takes the place of another, what is superseded and revoked aside', async () => {
    const [visit, gone] = [await approved(2), await approved()];
    await issue(visit);
    await issue(visit, 2);
    await issue(gone);
    await revokePasses(deps)({ reservation: gone.reservation });
    const south = await database.db('gate').where({ id: 'south' }).first();
    const before = await feed(visit.reservation);
    const box = { identity: generatePair('ed25519'), sealing: generatePair('x25519') };
    const replace = () =>
      database.db.transaction((trx) =>
        replaceGateKeys(trx, deps, {
          id: 'south',
          identityKey: Buffer.from(box.identity.public, 'base64'),
          sealingKey: Buffer.from(box.sealing.public, 'base64'),
        }),
      );
    try {
      expect(await replace()).toBe('replaced');
      const after = await feed(visit.reservation);
      const open = (row: { gate_id: string; ordinal: number; version: number; sealed: Buffer }) =>
        JSON.parse(
          openSealed(
            row.gate_id === 'south' ? box.sealing.private : keys.gate('east').sealing.private,
            row.sealed,
            `feed/${row.gate_id}/${visit.reservation}/${row.ordinal}/${row.version}`,
          ).toString(),
        );
      const newest = after.filter(({ ordinal, version }) =>
        after.every((other) => other.ordinal !== ordinal || other.version <= version),
      );
      const told = (gate: string) =>
        newest
          .filter((row) => row.gate_id === gate)
          .map((row) => {
            const { codeHash: _codeHash, ...shown } = open(row);
            return shown;
          });
      expect(told('south')).toHaveLength(2);
      expect(told('south')).toEqual(told('east'));
      const codes = newest.filter((row) => row.gate_id === 'south').map((row) => open(row).codeHash);
      const passes = await passesOfReservation(deps.db, visit.reservation);
      const shown = await Promise.all(passes.map(({ id }) => readCredentials(deps.db, deps.cipher, id)));
      expect(codes).toEqual(shown.map((one) => deps.gateCodes('south', one?.gateCode ?? '')));
      // Positions, versions and dates are what they were; only the gate's epoch is another.
      const outside = (rows: typeof after) => rows.map(({ sealed: _sealed, ...rest }) => rest);
      expect(outside(after)).toEqual(outside(before));
      const now = await database.db('gate').where({ id: 'south' }).first();
      expect(now.feed_mark).toBe(south.feed_mark);
      expect(now.feed_epoch).not.toBe(south.feed_epoch);
      expect(await replace()).toBe('as_before');
    } finally {
      const { identity_key, sealing_key } = south;
      await database.owner('gate').where({ id: 'south' }).update({ identity_key, sealing_key });
    }
  });

  it('get other gate codes at every other gate when a box that knew them is in strange hands', async () => {
    const [visit, gone] = [await approved(2), await approved()];
    await issue(visit);
    await issue(gone);
    await revokePasses(deps)({ reservation: gone.reservation });
    const shown = async () => {
      const passes = await passesOfReservation(deps.db, visit.reservation);
      return Promise.all(passes.map(({ id }) => readCredentials(deps.db, deps.cipher, id)));
    };
    const before = await shown();
    const epoch = async (id: string) => (await database.db('gate').where({ id }).first()).feed_epoch;
    const earlier = await epoch('east');
    const rows = async () => (await feed(gone.reservation)).map(({ sealed }) => sealed);
    const goneBefore = await rows();
    try {
      const reissued = await database.db.transaction((trx) => retireAndReissue(trx, deps, 'south'));
      expect(reissued).toBeGreaterThanOrEqual(2);
      expect((await database.db('gate').where({ id: 'south' }).first()).retired_at).not.toBeNull();
      const after = await shown();
      expect(after.map((one) => one?.token)).toEqual(before.map((one) => one?.token));
      const codes = (passes: typeof before) => passes.map((one) => one?.gateCode ?? '');
      expect(codes(after).filter((code) => codes(before).includes(code))).toEqual([]);
      const told = (await feed(visit.reservation))
        .filter(({ gate_id }) => gate_id === 'east')
        .map((row) => {
          const context = `feed/east/${visit.reservation}/${row.ordinal}/${row.version}`;
          return JSON.parse(openSealed(keys.gate('east').sealing.private, row.sealed, context).toString()).codeHash;
        });
      expect(told).toEqual(codes(after).map((code) => deps.gateCodes('east', code)));
      expect(await epoch('east')).not.toBe(earlier);
      expect(await rows()).toEqual(goneBefore);

      // Who holds a pass is told of it once: the same form once more changes no code that they know by now.
      expect(await database.db.transaction((trx) => retireAndReissue(trx, deps, 'south'))).toBe(0);
      expect(codes(await shown())).toEqual(codes(after));
      const messages = await database
        .db('message')
        .where({ kind: 'gate_code_changed' })
        .whereIn('reservation_id', [visit.reservation, gone.reservation]);
      const passes = await passesOfReservation(deps.db, visit.reservation);
      const holders = await Promise.all(
        passes.map(async ({ id }) => ({ pass_id: id, visitor_id: await holderOf(deps.db, id) })),
      );
      expect(holders).toHaveLength(2);
      expect(messages.map(({ pass_id, visitor_id }) => ({ pass_id, visitor_id }))).toEqual(
        expect.arrayContaining(holders),
      );
      expect(messages).toHaveLength(2);
      expect(messages.every(({ queued, status }) => queued && status === 'pending')).toBe(true);
    } finally {
      await database.owner('gate').where({ id: 'south' }).update({ retired_at: null });
    }
  });

  it('tell each gate, sealed to it alone, what its guard may see', async () => {
    const visit = await approved();
    await issue(visit);
    const rows = await feed(visit.reservation);
    expect(rows.map(({ gate_id, kind }) => [gate_id, kind])).toEqual([
      ['east', 'pass'],
      ['south', 'pass'],
    ]);
    const [pass] = await passesOfReservation(deps.db, visit.reservation);
    const context = (gate: string) => `feed/${gate}/${visit.reservation}/0/1`;
    const seen = JSON.parse(openSealed(keys.gate('east').sealing.private, rows[0].sealed, context('east')).toString());
    const credentials = await readCredentials(deps.db, deps.cipher, pass?.id ?? '');
    expect(seen).toMatchObject({ name: '张三', plate: '京A12345', from, doc: { cost: 13 } });
    expect(JSON.stringify(seen)).not.toContain('E00000001');
    // The code as this gate knows it, which is not how another one does.
    expect(JSON.stringify(seen)).not.toContain(credentials?.gateCode);
    const seenAtSouth = openSealed(keys.gate('south').sealing.private, rows[1].sealed, context('south')).toString();
    expect(seen.codeHash).toBe(deps.gateCodes('east', credentials?.gateCode ?? ''));
    expect(JSON.parse(seenAtSouth).codeHash).not.toBe(seen.codeHash);
    expect(() => openSealed(keys.gate('south').sealing.private, rows[0].sealed, context('east'))).toThrow();
  });

  it('stay the same when they are asked for again, and reach the gates once', async () => {
    const visit = await approved(2);
    await Promise.all([issue(visit), issue(visit), issue(visit)]);
    const passes = await passesOfReservation(deps.db, visit.reservation);
    expect(passes.map(({ ordinal, version }) => [ordinal, version])).toEqual([
      [0, 1],
      [1, 1],
    ]);
    expect(await feed(visit.reservation)).toHaveLength(4);
    expect(
      await database.db('visit_code').whereIn(
        'pass_id',
        passes.map(({ id }) => id),
      ),
    ).toHaveLength(2);
  });

  it('keep their id in a newer version', async () => {
    const visit = await approved();
    await issue(visit);
    const [first] = await passesOfReservation(deps.db, visit.reservation);
    await issue(visit, 2);
    expect(await passesOfReservation(deps.db, visit.reservation)).toMatchObject([{ id: first?.id, version: 2 }]);
  });

  it('are not made for an earlier transition once a later one has made them', async () => {
    const visit = await approved();
    await issue(visit, 5);
    await issue(visit, 3);
    await issue(visit, 5);
    expect(await passesOfReservation(deps.db, visit.reservation)).toMatchObject([{ version: 1 }]);
  });

  it('stay revoked when an earlier attempt comes again, and later ones stay valid', async () => {
    const visit = await approved(2);
    await issue(visit, 3);
    await revokePasses(deps)({ reservation: visit.reservation, ordinals: [1], seq: 4 });
    await issue(visit, 3);
    expect(await passesOfReservation(deps.db, visit.reservation)).toMatchObject([
      { ordinal: 0, version: 1, revokedAt: null },
      { ordinal: 1, version: 1, revokedAt: expect.any(Date) },
    ]);
    await issue(visit, 6);
    await revokePasses(deps)({ reservation: visit.reservation, ordinals: [1], seq: 4 });
    expect(await passesOfReservation(deps.db, visit.reservation)).toMatchObject([
      { ordinal: 0, version: 2, revokedAt: null },
      { ordinal: 1, version: 2, revokedAt: null },
    ]);
  });

  it('exist for paper too, in the same version', async () => {
    const visit = await approved();
    await issue(visit);
    const [pass] = await passesOfReservation(deps.db, visit.reservation);
    const { paper } = (await readCredentials(deps.db, deps.cipher, pass?.id ?? '')) ?? {};
    expect(paper && decodeClaims(paper)).toMatchObject({ form: 'static', version: 1, ordinal: 0, from, until });
  });

  it('are not issued for a reservation that was closed meanwhile', async () => {
    const visit = await approved();
    await close(visit.reservation);
    expect(await issue(visit)).toEqual({ passes: 0 });
    expect(await feed(visit.reservation)).toEqual([]);
  });

  it('leave every gate when they are revoked, once', async () => {
    const visit = await approved();
    await issue(visit);
    await close(visit.reservation);
    for (const _ of [1, 2]) await revokePasses(deps)({ reservation: visit.reservation });
    expect((await feed(visit.reservation)).map(({ gate_id, kind }) => [gate_id, kind])).toEqual([
      ['east', 'pass'],
      ['east', 'revoked'],
      ['south', 'pass'],
      ['south', 'revoked'],
    ]);
    const audited = await database
      .db('audit')
      .where({ action: 'pass_revoked' })
      .whereRaw(`detail->>'reservation' = ?`, [visit.reservation]);
    expect(audited).toHaveLength(1);
  });

  it('tell a companion with an account of their own when they are revoked, once', async () => {
    const [{ id: companion }] = await database.owner('visitor').insert({}).returning('id');
    const visit = await approved(2, companion);
    await issue(visit);
    for (const _ of [1, 2]) await revokePasses(deps)({ reservation: visit.reservation });
    const told = await database.db('message').where({ reservation_id: visit.reservation, kind: 'cancelled' });
    expect(told).toMatchObject([{ visitor_id: companion, queued: true }]);
  });

  it('open their page with six digits, for five tries, then with new ones', async () => {
    const visit = await approved();
    await issue(visit);
    const [pass] = await passesOfReservation(deps.db, visit.reservation);
    const id = pass?.id ?? '';
    const code = (await readVisitCode(deps.db, deps.cipher, id)) ?? '';
    const wrong = code === '000000' ? '000001' : '000000';
    const check = (typed: string) => checkVisitCode(deps.db, deps.cipher, id, typed);
    expect(await check(code)).toEqual({ result: 'right' });
    const tries = await Promise.all(Array.from({ length: triesAllowed + 3 }, () => check(wrong)));
    expect(tries.filter(({ result }) => result === 'wrong')).toHaveLength(triesAllowed - 1);
    expect(await check(code)).toEqual({ result: 'spent' });

    const asked = { reservation: visit.reservation, pass: id, request: randomUUID() };
    await database.owner('request').insert({
      id: asked.request,
      reservation_id: visit.reservation,
      kind: 'resend_code',
      actor_kind: 'system',
      payload: '{}',
    });
    await replaceVisitCode(deps)(asked);
    const renewed = (await readVisitCode(deps.db, deps.cipher, id)) ?? '';
    await replaceVisitCode(deps)(asked);
    expect(await readVisitCode(deps.db, deps.cipher, id)).toBe(renewed);
    expect(await check(renewed)).toEqual({ result: 'right' });
  });
});
