import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { dayOf } from '../domain/time.ts';
import { answerRequest } from '../store/reservations/request.ts';
import { openAdmissions, tomorrow } from '../testing/admissions.ts';
import { untilWaiting } from '../testing/blocked.ts';
import { releaseQuota } from './quota.ts';

const day = 86_400_000;
const ground = openAdmissions();
const { aVisitor, anAsking, changeOf, ask, capacity, held, publish, ids } = ground;

describe('admission', () => {
  it('compiles the policy that every later stage goes by', async () => {
    const asking = await anAsking();
    expect(await ask(asking)).toEqual({
      ok: true,
      policy: {
        submission: asking.submission,
        channel: 'official',
        campus: ground.campus,
        department: ids.department,
        exitsRecorded: false,
        from: tomorrow,
        until: tomorrow + 2 * 3_600_000,
        decideBy: tomorrow,
        persons: 1,
        remindAt: expect.any(Number),
        ordinals: [0],
        awaited: [],
        nudges: { most: 3, every: 7_200_000 },
        version: expect.stringMatching(/^[0-9a-f-]{36}$/),
        steps: [{ step: 0, need: 1 }],
        signatures: [
          { step: 0, ordinal: 0, department: ids.department, task: expect.stringMatching(/^[0-9a-f-]{36}$/) },
        ],
      },
    });
  });

  describe('for a person’s other visits', () => {
    const taken = { ok: false, fields: { from: 'field.window_overlap' } };
    const set = (reservation: string, values: object) =>
      ground.database.owner('reservation').where({ id: reservation }).update(values);
    async function aVisit(by: Awaited<ReturnType<typeof aVisitor>>, from: number) {
      const visit = await anAsking({ by, from });
      await set(visit.reservation, { stage: 'visit', submission_id: visit.submission, ordinals: [0] });
      return visit;
    }

    it('refuses a time that overlaps another visit of the person, or a change that waits', async () => {
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
      const holding = await ground.database.owner.transaction();
      const asked = wishes.map(({ submission }) => submission);
      await holding('submission').whereIn('id', asked).forUpdate();
      const answers = Promise.all(wishes.map(ask));
      await untilWaiting(ground.database.owner, wishes.length, 'all of them wait');
      await holding.commit();
      return answers;
    }

    it('admits only one of several changes to the same time that are asked for at once', async () => {
      const by = await aVisitor();
      const aWish = async (visit: Awaited<ReturnType<typeof anAsking>>) => {
        const change = await changeOf(visit, { from: tomorrow + 5 * day });
        const request = randomUUID();
        await ground.database.owner('request').insert({
          id: request,
          reservation_id: visit.reservation,
          kind: 'change',
          actor_kind: 'visitor',

          actor_id: by.visitor,
          payload: JSON.stringify({ submission: change.submission }),
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
      await answerRequest(ground.database.db, String(admitted?.request), { ok: false, code: 'wrong_stage' });
      expect(await Promise.all(refused.slice(0, 1).map(ask))).toMatchObject([{ ok: true }]);
    });
  });

  it('gives out no more places than there are, however many ask at once', async () => {
    await capacity(3);
    const asking = await Promise.all(Array.from({ length: 8 }, () => anAsking()));
    const answers = await Promise.all(asking.map(ask));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(3);
    expect(answers.filter(({ ok }) => !ok)).toEqual(Array(5).fill({ ok: false, fields: { from: 'field.slot_full' } }));
    expect(await held()).toEqual([3]);
  });

  it('takes a place once, however often the same request comes', async () => {
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
    await ground.database.owner('quota_hold').where({ reservation_id: asking.reservation }).update({ seq: 5 });
    await releaseQuota(ground.database)({ reservation: asking.reservation, seq: 4 });
    expect(await held()).toEqual([2]);
    await Promise.all([5, 5].map((seq) => releaseQuota(ground.database)({ reservation: asking.reservation, seq })));
    expect(await held()).toEqual([1]);
  });

  it('takes nothing for a reservation that was closed meanwhile', async () => {
    await capacity(1);
    const asking = await anAsking();
    await ground.database
      .owner('reservation')
      .where({ id: asking.reservation })
      .update({ stage: 'closed', outcome: 'cancelled', closed_at: new Date() });
    expect(await ask(asking)).toMatchObject({ ok: false });
    expect(await held()).toEqual([]);
  });

  it('has a free place as soon as a window is over, without any message', async () => {
    await capacity(1);
    const early = await anAsking();
    await ask(early);
    const next = await anAsking();
    expect(await ask(next)).toMatchObject({ ok: false });
    await ground.database
      .owner('reservation')
      .where({ id: early.reservation })
      .update({ visit_from: new Date(0), visit_until: new Date(1) });
    expect(await ask(next)).toMatchObject({ ok: true });
  });

  it('refuses what was closed since the form was opened', async () => {
    const asking = await anAsking();
    await ground.database.owner('campus').where({ id: ground.campus }).update({ closed_at: new Date() });
    expect(await ask(asking)).toEqual({ ok: false, fields: { campus: 'field.campus_closed' } });
  });

  it('refuses days and hours in which the campus does not receive, also when that was decided meanwhile', async () => {
    const { owner } = ground.database;
    const asking = await anAsking();
    await owner('campus').where({ id: ground.campus }).update({ opens_at: '11:00', closes_at: '24:00' });
    expect(await ask(asking)).toEqual({ ok: false, fields: { from: 'field.hours_closed' } });
    await owner('campus').where({ id: ground.campus }).update({ opens_at: null, closes_at: null });
    const [closed] = await owner('closed_day')
      .insert({ campus_id: ground.campus, day: dayOf(tomorrow), reason_zh: '校庆', reason_en: 'Anniversary' })
      .returning('*');
    const closedThen = { from: 'field.day_closed', until: 'field.day_closed' };
    expect(await ask(asking)).toEqual({ ok: false, fields: closedThen });
    await owner('closed_day').where({ day: closed.day }).delete();
    expect(await ask(asking)).toMatchObject({ ok: true });
  });

  it('refuses a department that only groups others, and a reason of another department', async () => {
    const { owner } = ground.database;
    const asking = await anAsking();
    await owner('department').where({ id: ids.department }).update({ receives: false });
    expect(await ask(asking)).toEqual({ ok: false, fields: { department: 'field.department_closed' } });
    await owner('department').where({ id: ids.department }).update({ receives: true });
    const other = { id: randomUUID(), campus_id: ground.campus, name_zh: '丙', name_en: 'C' };
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
    await ground.database.owner('notice').where({ id: newer }).delete();
  });
});
