import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dayOf } from '../domain/time.ts';
import { createBlindIndex, createFieldCipher } from '../platform/crypto.ts';
import { answerRequest } from '../store/request.ts';
import { freezePerson, writeSubmission } from '../store/submission.ts';
import { aCampus } from '../testing/campus.ts';
import { testKeys } from '../testing/keys.ts';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { aSubmittedPerson, aSubmittedVisit } from '../testing/submitted.ts';
import { until } from '../testing/until.ts';
import { on } from '../testing/window.ts';
import { admit } from './admit.ts';
import { keepPlaces, releaseQuota } from './quota.ts';

const day = 86_400_000;
const tomorrow = on(2).from.getTime();

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

  /** A visitor who agreed, with the details that are asked for. */
  async function aVisitor() {
    const [visitor, consent, person] = [randomUUID(), randomUUID(), randomUUID()];
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
    return { visitor, consent, person };
  }

  /** A reservation with a submission, as a page leaves them. */
  async function anAsking(window: { from?: number; hours?: number; by?: Awaited<ReturnType<typeof aVisitor>> } = {}) {
    const by = window.by ?? (await aVisitor());
    const [reservation, submission] = [randomUUID(), randomUUID()];
    const { visitor } = by;
    await database.owner('reservation').insert({ id: reservation, visitor_id: visitor, stage: 'details' });
    const from = window.from ?? tomorrow;
    await database.db.transaction((trx) =>
      writeSubmission(
        trx,
        sealing,
        aSubmittedVisit({
          ...{ id: submission, reservation, campus },
          ...{ department: ids.department, reason: ids.reason },
          from: new Date(from),
          until: new Date(from + (window.hours ?? 2) * 3_600_000),
          people: [aSubmittedPerson(by)],
        }),
      ),
    );
    return { reservation, submission, seq: 1 };
  }

  /** The same visit otherwise: a submission of kind `change` beside a reservation whose place is taken. */
  async function changeOf(
    { reservation, submission: base }: { reservation: string; submission: string },
    window: { from?: number; hours?: number },
    persons = 1,
  ) {
    const { visitor_id: visitor } = await database.db('reservation').where({ id: reservation }).first();
    const lead = await database.db('reservation_person').where({ submission_id: base }).first();
    const from = window.from ?? tomorrow;
    const submission = randomUUID();
    const person = { person: lead.person_id, visitor, consent: lead.consent_id };
    await database.db.transaction((trx) =>
      writeSubmission(
        trx,
        sealing,
        aSubmittedVisit({
          ...{ id: submission, reservation, campus, kind: 'change', base },
          ...{ department: ids.department, reason: ids.reason, from: new Date(from) },
          until: new Date(from + (window.hours ?? 2) * 3_600_000),
          people: Array.from({ length: persons }, (_, ordinal) => aSubmittedPerson({ ...person, ordinal })),
        }),
      ),
    );
    return { reservation, submission, seq: 3, replaces: { submission: base, ordinals: [0] } };
  }
  const ask = (asking: Parameters<ReturnType<typeof admit>>[0]) =>
    admit({ ...database, cipher: sealing.cipher })(asking);
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

  describe('of one person’s visits', () => {
    const taken = { ok: false, fields: { from: 'field.window_overlap' } };
    const set = (reservation: string, values: object) =>
      database.owner('reservation').where({ id: reservation }).update(values);
    async function aVisit(by: Awaited<ReturnType<typeof aVisitor>>, from: number) {
      const visit = await anAsking({ by, from });
      await set(visit.reservation, { stage: 'visit', submission_id: visit.submission });
      return visit;
    }

    it('refuses a time at which one is already, or would be after a change that waits', async () => {
      const by = await aVisitor();
      const [stands, wished] = [tomorrow, tomorrow + day];
      const visit = await aVisit(by, stands);
      const another = async (from: number) => {
        const asking = await anAsking({ by, from });
        const answer = await ask(asking);
        await set(asking.reservation, { stage: 'closed', outcome: 'cancelled' });
        return answer;
      };
      expect(await another(stands)).toEqual(taken);
      expect(await another(wished)).toMatchObject({ ok: true });

      const { submission } = await changeOf(visit, { from: wished });
      await set(visit.reservation, { change_submission_id: submission, change_until: new Date(wished) });
      expect(await another(wished)).toEqual(taken);
      expect(await ask(await anAsking({ from: wished }))).toMatchObject({ ok: true });
    });

    /** Each is held back before it says that it was admitted, and all are let go together. */
    async function atOnce(wishes: Parameters<typeof ask>[0][]) {
      const holding = await database.owner.transaction();
      const asked = wishes.map(({ submission }) => submission);
      await holding('submission').whereIn('id', asked).forUpdate();
      const answers = Promise.all(wishes.map(ask));
      await until(async () => {
        const { rows } = await holding.raw(`select distinct pid from pg_locks join pg_stat_activity using (pid)
          where not granted and datname = current_database()`);
        return rows.length === wishes.length;
      }, 'all of them wait');
      await holding.commit();
      return answers;
    }

    it('admits one of the changes to the same time that are asked for at the same instant', async () => {
      const by = await aVisitor();
      const aWish = async (visit: Awaited<ReturnType<typeof anAsking>>) => {
        const change = await changeOf(visit, { from: tomorrow + 5 * day });
        const request = randomUUID();
        await database.owner('request').insert({
          ...{ id: request, reservation_id: visit.reservation, kind: 'change', actor_kind: 'visitor' },
          ...{ actor_id: by.visitor, payload: JSON.stringify({ submission: change.submission }) },
        });
        return { ...change, request };
      };
      const visits = [];
      for (const days of [0, 1, 2, 3]) visits.push(await aVisit(by, tomorrow + days * day));
      const wishes = await Promise.all(visits.map(aWish));
      const answers = await atOnce(wishes);
      expect(answers.filter(({ ok }) => !ok)).toEqual([taken, taken, taken]);
      // Asked once more, after an answer that was lost, each stays what it was.
      expect((await Promise.all(wishes.map(ask))).map(({ ok }) => ok)).toEqual(answers.map(({ ok }) => ok));

      // Its workflow did not take it after all.
      const isAdmitted = (wish: (typeof wishes)[number]) => answers[wishes.indexOf(wish)]?.ok;
      const [admitted, ...refused] = wishes.toSorted((a, b) => Number(isAdmitted(b)) - Number(isAdmitted(a)));
      await answerRequest(database.db, String(admitted?.request), { ok: false, code: 'wrong_stage' });
      expect(await Promise.all(refused.slice(0, 1).map(ask))).toMatchObject([{ ok: true }]);
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

  it('refuses days and hours in which the campus does not receive, also when that was decided meanwhile', async () => {
    const { owner } = database;
    const asking = await anAsking();
    await owner('campus').where({ id: campus }).update({ opens_at: '11:00', closes_at: '24:00' });
    expect(await ask(asking)).toEqual({ ok: false, fields: { from: 'field.hours_closed' } });
    await owner('campus').where({ id: campus }).update({ opens_at: null, closes_at: null });
    const [closed] = await owner('closed_day')
      .insert({ campus_id: campus, day: dayOf(tomorrow), reason_zh: '校庆', reason_en: 'Anniversary' })
      .returning('*');
    const closedThen = { from: 'field.day_closed', until: 'field.day_closed' };
    expect(await ask(asking)).toEqual({ ok: false, fields: closedThen });
    await owner('closed_day').where({ day: closed.day }).delete();
    expect(await ask(asking)).toMatchObject({ ok: true });
  });

  it('refuses a department that only groups others, and a reason of another department', async () => {
    const { owner } = database;
    const asking = await anAsking();
    await owner('department').where({ id: ids.department }).update({ receives: false });
    expect(await ask(asking)).toEqual({ ok: false, fields: { department: 'field.department_closed' } });
    await owner('department').where({ id: ids.department }).update({ receives: true });
    const other = { id: randomUUID(), campus_id: campus, name_zh: '丙', name_en: 'C' };
    await owner('department').insert(other);
    await owner('reason').where({ id: ids.reason }).update({ department_id: other.id });
    expect(await ask(asking)).toEqual({ ok: false, fields: { reason: 'field.reason_closed' } });
    await owner('reason').where({ id: ids.reason }).update({ department_id: null });
  });

  it('asks for a new agreement when the notice has changed', async () => {
    const asking = await anAsking();
    const newer = randomUUID();
    await publish(newer, 2);
    expect(await ask(asking)).toEqual({ ok: false, fields: { consent: 'field.consent_needed' } });
    await database.owner('notice').where({ id: newer }).delete();
  });

  describe('in place of what stands', () => {
    async function aChange(window: { from?: number; hours?: number }, persons = 1) {
      const asking = await anAsking();
      await ask(asking);
      return changeOf(asking, window, persons);
    }
    const keep = (reservation: string, seq: number, ...windows: { from: number; hours: number; persons: number }[]) =>
      keepPlaces(database)({
        ...{ reservation, seq },
        holds: windows.map(({ from, hours, persons }) => ({
          ...{ campus, from, until: from + hours * 3_600_000, persons },
        })),
      });

    it('holds of both the larger number a day, and gives back what is not needed', async () => {
      await capacity(3);
      const change = await aChange({ hours: 26 }, 3);
      expect(await ask(change)).toMatchObject({ ok: true, narrowing: false });
      expect(await Promise.all([ask(change), ask(change)])).toMatchObject([{ ok: true }, { ok: true }]);
      expect(await held()).toEqual([3, 3]);
      await keep(change.reservation, 4, { from: tomorrow, hours: 2, persons: 1 });
      expect(await held()).toEqual([1, 0]);
      // An attempt of long ago comes late: nothing is taken again.
      await keep(change.reservation, 3, { from: tomorrow, hours: 26, persons: 3 });
      expect(await held()).toEqual([1, 0]);
    });

    it('takes nothing where one day is full, and keeps what it had', async () => {
      await capacity(2);
      await ask(await anAsking({ from: tomorrow + day }));
      const change = await aChange({ hours: 26 }, 2);
      expect(await ask(change)).toEqual({ ok: false, fields: { from: 'field.slot_full' } });
      expect(await held()).toEqual([1, 1]);
    });

    it('does not give back what a later change took', async () => {
      await capacity(2);
      const change = await aChange({ from: tomorrow + day });
      await ask(change);
      await keep(change.reservation, 2);
      expect(await held()).toEqual([0, 1]);
    });

    it('keeps what was held before and a later change needs, though what held it gives it back late', async () => {
      await capacity(2);
      const change = await aChange({ hours: 3 });
      expect(await ask(change)).toMatchObject({ ok: true, narrowing: false });
      await keep(change.reservation, 2);
      expect(await held()).toEqual([1]);
    });

    it('gives back once what somebody else gave back meanwhile', async () => {
      await capacity(3);
      const spent = await anAsking();
      await ask(spent);
      await ask(await anAsking());
      const { owner } = database;
      let giving: Promise<void> | undefined;
      await owner.transaction(async (trx) => {
        await trx('slot').forUpdate();
        giving = keep(spent.reservation, 1);
        const waits = () => owner('pg_locks').where({ granted: false }).first();
        await until(waits, 'it waits for the slot');
        await trx('quota_hold').where({ reservation_id: spent.reservation }).delete();
        await trx('slot').decrement('held', 1);
      });
      await giving;
      expect(await held()).toEqual([1]);
    });

    it('narrows without a place of its own, where a campus has fewer than it had', async () => {
      const change = await aChange({ hours: 1 });
      await capacity(1);
      await ask(await anAsking());
      expect(await ask(change)).toMatchObject({ ok: true, narrowing: true });
      expect(await held()).toEqual([1]);
    });

    it('may begin when the visit began, however long ago, and no earlier', async () => {
      const begun = Date.now() - 3 * 3_600_000;
      const extended = await aChange({ from: begun, hours: 6 });
      expect(await ask(extended)).toMatchObject({ fields: { from: 'field.window_past' } });
      await database
        .owner('submission')
        .where({ id: extended.replaces.submission })
        .update({ visit_from: new Date(begun), visit_until: new Date(begun + 5 * 3_600_000) });
      expect(await ask(extended)).toMatchObject({ ok: true, narrowing: false });
    });
  });

  describe('agreements', () => {
    /** A party of the lead and somebody out of the lead's book. */
    async function aParty(companion: { purpose?: string; subject?: string; born?: string; guardian?: string } = {}) {
      const asking = await anAsking();
      const { visitor_id: visitor } = await database.db('reservation').where({ id: asking.reservation }).first();
      const [book, consent] = [randomUUID(), randomUUID()];
      await database.owner('companion').insert({ id: book, visitor_id: visitor, name_enc: Buffer.alloc(1) });
      await database.owner('consent').insert({
        ...{ id: consent, visitor_id: visitor, notice_id: ids.notice, purpose: companion.purpose ?? 'companion' },
        ...{ subject_id: companion.subject ?? book, text_hash: Buffer.alloc(32), channel: 'browser' },
      });
      const guardian = companion.guardian ? await aGuardian(visitor) : null;
      const person = aSubmittedPerson({
        ...{ ordinal: 1, person: null, personVersion: null, visitor: null, companion: book, consent, guardian },
        birthDay: companion.born ?? null,
      });
      await database.db.transaction((trx) =>
        freezePerson(trx, sealing, { id: asking.submission, reservation: asking.reservation }, person),
      );
      return { ...asking, consent, guardian };
    }
    async function aGuardian(visitor: string): Promise<string> {
      const [id, consent] = [randomUUID(), randomUUID()];
      await database.owner('consent').insert({
        ...{ id: consent, visitor_id: visitor, notice_id: ids.notice, purpose: 'guardian', subject_id: randomUUID() },
        ...{ text_hash: Buffer.alloc(32), channel: 'browser' },
      });
      const sealed = Buffer.alloc(1);
      await database.owner('guardian').insert({
        ...{ id, visitor_id: visitor, consent_id: consent, name_enc: sealed, phone_enc: sealed, phone_hash: sealed },
      });
      return id;
    }
    const withdraw = (consent: string) =>
      database.owner('consent').where({ id: consent }).update({ withdrawn_at: new Date() });
    const needed = { ok: false, fields: { consent: 'field.consent_needed' } };

    it('of a lead count for somebody in their book, and for nobody else', async () => {
      expect(await ask(await aParty())).toMatchObject({ ok: true, policy: { ordinals: [0, 1] } });
      expect(await ask(await aParty({ subject: randomUUID() }))).toEqual(needed);
      expect(await ask(await aParty({ purpose: 'face' }))).toEqual(needed);
    });

    it('count until they are withdrawn', async () => {
      const party = await aParty();
      await withdraw(party.consent);
      expect(await ask(party)).toEqual(needed);
    });

    it('of somebody who joined count until they take that word back, also while the form is on its way', async () => {
      const [asking, member] = [await anAsking(), await anAsking()];
      const { owner, db } = database;
      const { visitor_id: lead } = await db('reservation').where({ id: asking.reservation }).first();
      const own = await db('reservation_person').where({ submission_id: member.submission }).first();
      const [companion, word] = [randomUUID(), randomUUID()];
      await owner('companion').insert({
        ...{ id: companion, visitor_id: lead, name_enc: Buffer.alloc(1), joined_at: new Date() },
        member_id: own.visitor_id,
      });
      await owner('consent').insert({
        ...{ id: word, visitor_id: own.visitor_id, notice_id: ids.notice, purpose: 'companion', subject_id: companion },
        ...{ text_hash: Buffer.alloc(32), channel: 'browser' },
      });
      const person = aSubmittedPerson({
        ...{ ordinal: 1, person: own.person_id, visitor: own.visitor_id, consent: own.consent_id, companion },
      });
      await db.transaction((trx) =>
        freezePerson(trx, sealing, { id: asking.submission, reservation: asking.reservation }, person),
      );
      expect(await ask(asking)).toMatchObject({ ok: true, policy: { ordinals: [0, 1] } });
      await withdraw(word);
      expect(await ask(asking)).toEqual(needed);
    });

    it('of a guardian stand beside those of a child', async () => {
      const born = new Date(Date.now() - 10 * 366 * day).toISOString().slice(0, 10);
      expect(await ask(await aParty({ born }))).toEqual(needed);
      const guarded = await aParty({ born, guardian: 'yes' });
      expect(await ask(guarded)).toMatchObject({ ok: true });
      const { consent_id } = await database.db('guardian').where({ id: guarded.guardian }).first();
      await withdraw(consent_id);
      expect(await ask(guarded)).toEqual(needed);
    });
  });
});
