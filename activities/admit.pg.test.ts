import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBlindIndex, createFieldCipher } from '../platform/crypto.ts';
import { writeSubmission } from '../store/submission.ts';
import { aCampus } from '../testing/campus.ts';
import { testKeys } from '../testing/keys.ts';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { aSubmittedPerson, aSubmittedVisit } from '../testing/submitted.ts';
import { admit } from './admit.ts';
import { releaseQuota } from './quota.ts';

const day = 86_400_000;
/** 10:00 in Shanghai on a day ahead, so that a window of hours stays within it. */
const tomorrow = Math.floor(Date.now() / day) * day + 2 * day + 2 * 3_600_000;

describe('admission', () => {
  let database: TestDatabase;
  let sealing: Parameters<typeof writeSubmission>[1];
  let campus: string;
  const ids = { department: randomUUID(), reason: randomUUID(), notice: randomUUID() };

  beforeAll(async () => {
    const keys = await testKeys();
    sealing = { cipher: createFieldCipher(keys.web.field), index: createBlindIndex(keys.web.index) };
    database = await freshDatabase();
    const { owner } = database;
    campus = (await aCampus(owner, {})).id;
    await owner('department').insert({ id: ids.department, campus_id: campus, name_zh: '甲', name_en: 'A' });
    await owner('reason').insert({ id: ids.reason, name_zh: '乙', name_en: 'B', position: 1 });
    await publish(ids.notice, 1);
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    await database.owner('quota_hold').delete();
    await database.owner('slot').delete();
    await database.owner('campus').where({ id: campus }).update({ daily_capacity: null, closed_at: null });
  });

  const publish = (id: string, version: number) =>
    database.owner('notice').insert({
      ...{ id, version, kind: 'filling', title_zh: '须', title_en: 'N', body_zh: '…', body_en: '…' },
      text_hash: createHash('sha256').update(String(version)).digest(),
    });

  /** A reservation with a submission, as a page leaves them. */
  async function anAsking(window: { from?: number; hours?: number } = {}) {
    const [visitor, consent, person, reservation, submission] = Array.from({ length: 5 }, () => randomUUID());
    const { owner } = database;
    await owner('visitor').insert({ id: visitor });
    await owner('consent').insert({
      ...{ id: consent, visitor_id: visitor, notice_id: ids.notice, purpose: 'personal_information' },
      ...{ text_hash: Buffer.alloc(32), channel: 'browser' },
    });
    const sealed = Buffer.alloc(1);
    await owner('person').insert({
      ...{ id: person, visitor_id: visitor, name_enc: sealed, sex: 'male', phone_enc: sealed },
      ...{ document_type: 'passport', document_enc: sealed, document_hash: sealed, document_tail_hash: sealed },
    });
    await owner('reservation').insert({ id: reservation, visitor_id: visitor, stage: 'details' });
    const from = window.from ?? tomorrow;
    await database.db.transaction((trx) =>
      writeSubmission(
        trx,
        sealing,
        aSubmittedVisit({
          ...{ id: submission ?? '', reservation: reservation ?? '', campus },
          ...{ department: ids.department, reason: ids.reason },
          from: new Date(from),
          until: new Date(from + (window.hours ?? 2) * 3_600_000),
          people: [aSubmittedPerson({ person: person ?? '', visitor: visitor ?? '', consent: consent ?? '' })],
        }),
      ),
    );
    return { reservation: reservation ?? '', submission: submission ?? '', seq: 1 };
  }
  const ask = (asking: Awaited<ReturnType<typeof anAsking>>) => admit({ ...database, cipher: sealing.cipher })(asking);
  const capacity = (persons: number) =>
    database.owner('campus').where({ id: campus }).update({ daily_capacity: persons });
  const held = async () => (await database.db('slot').orderBy('day').pluck('held')) as number[];

  it('compiles the policy that every later stage goes by', async () => {
    const asking = await anAsking();
    expect(await ask(asking)).toEqual({
      ok: true,
      policy: {
        submission: asking.submission,
        channel: 'official',
        campus,
        department: ids.department,
        exitsRecorded: false,
        from: tomorrow,
        until: tomorrow + 2 * 3_600_000,
        decideBy: tomorrow,
        persons: 1,
        ordinals: [0],
        awaited: [],
        nudges: { most: 3, every: 7_200_000 },
        signatures: [{ step: 0, ordinal: 0, department: ids.department }],
      },
    });
  });

  it('gives out as many places as there are, however many ask at once', async () => {
    await capacity(3);
    const asking = await Promise.all(Array.from({ length: 8 }, () => anAsking()));
    const answers = await Promise.all(asking.map(ask));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(3);
    expect(answers.filter(({ ok }) => !ok)).toEqual(Array(5).fill({ ok: false, fields: { from: 'field.slot_full' } }));
    expect(await held()).toEqual([3]);
  });

  it('takes a place once, however often it is asked for the same', async () => {
    await capacity(1);
    const asking = await anAsking();
    expect(await Promise.all([ask(asking), ask(asking), ask(asking)])).toMatchObject(Array(3).fill({ ok: true }));
    expect(await held()).toEqual([1]);
  });

  it('takes a place on every day of the window or on none', async () => {
    await capacity(1);
    await ask(await anAsking({ from: tomorrow + day }));
    const three = await anAsking({ hours: 49 });
    expect(await ask(three)).toEqual({ ok: false, fields: { from: 'field.slot_full' } });
    expect((await held()).reduce((sum, count) => sum + count, 0)).toBe(1);
  });

  it('gives the place back once, and never one that was taken later', async () => {
    await capacity(2);
    const asking = await anAsking();
    await ask(asking);
    await ask(await anAsking());
    await database.owner('quota_hold').where({ reservation_id: asking.reservation }).update({ seq: 5 });
    await releaseQuota(database)({ reservation: asking.reservation, seq: 4 });
    expect(await held()).toEqual([2]);
    await Promise.all([5, 5].map((seq) => releaseQuota(database)({ reservation: asking.reservation, seq })));
    expect(await held()).toEqual([1]);
  });

  it('takes nothing for a reservation that was closed meanwhile', async () => {
    await capacity(1);
    const asking = await anAsking();
    await database
      .owner('reservation')
      .where({ id: asking.reservation })
      .update({ stage: 'closed', outcome: 'cancelled', closed_at: new Date() });
    expect(await ask(asking)).toMatchObject({ ok: false });
    expect(await held()).toEqual([]);
  });

  it('has a place again as soon as a window is over, without anybody saying so', async () => {
    await capacity(1);
    const early = await anAsking();
    await ask(early);
    const next = await anAsking();
    expect(await ask(next)).toMatchObject({ ok: false });
    await database
      .owner('reservation')
      .where({ id: early.reservation })
      .update({ visit_from: new Date(0), visit_until: new Date(1) });
    expect(await ask(next)).toMatchObject({ ok: true });
  });

  it('knows what was closed since the form was opened', async () => {
    const asking = await anAsking();
    await database.owner('campus').where({ id: campus }).update({ closed_at: new Date() });
    expect(await ask(asking)).toEqual({ ok: false, fields: { campus: 'field.campus_closed' } });
  });

  it('asks for a new agreement when the notice has changed', async () => {
    const asking = await anAsking();
    const newer = randomUUID();
    await publish(newer, 2);
    expect(await ask(asking)).toEqual({ ok: false, fields: { consent: 'field.consent_needed' } });
    await database.owner('notice').where({ id: newer }).delete();
  });
});
