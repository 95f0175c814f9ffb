import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { phoneKeyOf } from '../../domain/pass-token.ts';
import { readCredentials } from '../../store/passes/pass.ts';
import { someStaff } from '../../testing/policies.ts';
import { type ProcessUnderTest, startProcess } from '../../testing/process.ts';
import type { TestVisitor } from '../../testing/process-visitor.ts';
import { taskWishesOf } from '../../testing/task-wishes.ts';
import { until } from '../../testing/until.ts';
import { on } from '../../testing/window.ts';
import { awaited, type Wish, wishesOf } from '../../testing/wishes.ts';

const soon = (ms = 12_000) => new Date(Date.now() + ms);

describe.concurrent('living with a reservation:', () => {
  let process: ProcessUnderTest;
  let wishes: ReturnType<typeof wishesOf>;
  beforeAll(async () => {
    process = await startProcess();
    wishes = wishesOf(process);
    await process.startWorker();
    await process.forwarded();
    await process.owner('campus').where({ id: process.content.campus }).update({ daily_capacity: 1_000 });
  });
  afterAll(() => process?.stop());

  type Reserved = { reservation: string; submission: string };
  const submitted = async (visitor: TestVisitor, wish: Wish): Promise<Reserved> => {
    const asked = await process.submit(visitor, wish);
    expect(asked.answer).toMatchObject({ ok: true, stage: 'approval' });
    return asked;
  };
  const approved = async (visitor: TestVisitor, wish: Wish = on(2)): Promise<Reserved> => {
    const of = await submitted(visitor, wish);
    await process.decide(of.reservation, 'approved');
    await process.reaches(of.reservation, 'visit');
    return of;
  };
  const kinds = ({ reservation }: Reserved): Promise<string[]> =>
    process.db('timeline').where({ reservation_id: reservation }).orderBy(['seq', 'n']).pluck('kind');
  const tasks = ({ reservation }: Reserved) =>
    process.db('task').where({ reservation_id: reservation }).orderBy('round').select('status', 'submission_id');
  const row = ({ reservation }: Reserved) => process.row(reservation);
  /** [ordinal, version, whether it is valid] of every version. */
  const passes = async ({ reservation }: Reserved) => {
    const rows = await process.db('pass').where({ reservation_id: reservation }).orderBy(['ordinal', 'version']);
    return rows.map(({ ordinal, version, revoked_at }) => [ordinal, version, revoked_at === null]);
  };
  const places = async ({ reservation }: Reserved) =>
    (await process.db('quota_hold').where({ reservation_id: reservation }).orderBy('day')).map(({ count }) => count);
  const told = ({ reservation }: Reserved): Promise<string[]> =>
    process
      .db('message')
      .where({ reservation_id: reservation, status: 'sent' })
      .whereNot('kind', 'approved')
      .pluck('kind');
  const texts = async ({ phone }: TestVisitor): Promise<string> =>
    (await process.partners.sms(phone)).map(({ text }) => text).join();
  const newest = ({ reservation }: Reserved, ordinal = 0) =>
    process.db('pass').where({ reservation_id: reservation, ordinal }).orderBy('version', 'desc').first();
  const hears = (of: Reserved, kind: string) => until(async () => (await told(of)).includes(kind), kind);

  describe('a change', () => {
    it('replaces the request that waits while nobody has decided', async () => {
      const visitor = await process.aVisitor();
      const of = await submitted(visitor, on(2));
      const { submission, answer } = await wishes.change(visitor, of, on(3));
      expect(answer).toMatchObject({ ok: true, stage: 'approval' });
      expect(await tasks(of)).toEqual([
        { status: 'withdrawn', submission_id: of.submission },
        { status: 'open', submission_id: submission },
      ]);
      expect(await row(of)).toMatchObject({
        submission_id: submission,
        visit_from: on(3).from,
        stage_until: on(3).from,
      });
      await until(async () => (await places(of)).length === 1, 'the place of the first window is given back');
      await process.decide(of.reservation, 'approved');
      await process.reaches(of.reservation, 'visit');
      expect(await newest(of)).toMatchObject({ version: 1, valid_from: on(3).from });
    });

    it('that goes further is approved beside the standing visit, and then replaces it', async () => {
      const visitor = await process.aVisitor();
      const of = await approved(visitor);
      const { submission } = await wishes.change(visitor, of, on(3));
      expect(await row(of)).toMatchObject({
        stage: 'visit',
        submission_id: of.submission,
        change_submission_id: submission,
        visit_from: on(2).from,
      });
      expect((await row(of)).change_until).toEqual(on(2).until);
      expect(await passes(of)).toEqual([[0, 1, true]]);
      expect(await places(of)).toEqual([1, 1]);
      expect((await wishes.change(visitor, of, on(4))).answer).toEqual({ ok: false, code: 'change_pending' });

      expect((await process.decide(of.reservation, 'approved')).answer).toMatchObject({ ok: true, stage: 'visit' });
      await hears(of, 'changed');
      expect(await row(of)).toMatchObject({ submission_id: submission, change_submission_id: null });
      expect(await newest(of)).toMatchObject({ version: 2, valid_from: on(3).from, revoked_at: null });
      await until(async () => (await places(of)).length === 1, 'the place of the old window is given back');
      expect(await kinds(of)).toEqual(['submitted', 'approved', 'pass_issued', 'change_asked', 'changed']);
    });

    it('leaves everything as it was when it is refused, and says why', async () => {
      const visitor = await process.aVisitor();
      const of = await approved(visitor);
      await wishes.change(visitor, of, on(3));
      await process.decide(of.reservation, 'rejected', '那天有活动');
      await hears(of, 'change_refused');
      expect(await texts(visitor)).toContain('变更未通过');
      expect(await row(of)).toMatchObject({ stage: 'visit', submission_id: of.submission, change_submission_id: null });
      expect(await passes(of)).toEqual([[0, 1, true]]);
      await until(async () => (await places(of)).length === 1, 'the place of the refused window is given back');
      expect((await wishes.change(visitor, of, on(4))).answer).toMatchObject({ ok: true });
    });

    it('can be taken back once, and is then gone without a message', async () => {
      const visitor = await process.aVisitor();
      const of = await approved(visitor);
      await wishes.change(visitor, of, on(3));
      expect((await wishes.withdrawChange(visitor, of)).answer).toMatchObject({ ok: true });
      expect((await tasks(of)).map(({ status }) => status)).toEqual(['approved', 'withdrawn']);
      expect((await wishes.withdrawChange(visitor, of)).answer).toEqual({ ok: false, code: 'no_change_pending' });
      await until(async () => (await places(of)).length === 1, 'the place is given back');
      expect(await told(of)).toEqual([]);
    });

    it('that only narrows acts at once, on nothing but what it names', async () => {
      const visitor = await process.aVisitor();
      const [one, two] = [await wishes.aCompanion(visitor, 1), await wishes.aCompanion(visitor, 2)];
      const of = await approved(visitor, { ...on(2), people: [visitor.profile, one, two] });
      await wishes.change(visitor, of, { ...on(2), people: [visitor.profile, two] });
      await hears(of, 'changed');
      expect(await passes(of)).toEqual([
        [0, 1, true],
        [1, 1, false],
        [2, 1, true],
      ]);
      expect(await row(of)).toMatchObject({ persons: 2, change_submission_id: null });
      await until(async () => (await places(of))[0] === 2, 'one place is given back');

      await wishes.change(visitor, of, { ...on(2, 1), people: [visitor.profile, two] });
      await until(async () => (await newest(of, 2)).version === 2, 'passes of the shorter window');
      expect(await newest(of)).toMatchObject({ version: 2, valid_until: on(2, 1).until });
      expect(await tasks(of)).toHaveLength(1);
    });

    it('that brings another person in place of one who was taken out waits, and makes a pass for that person alone', async () => {
      const visitor = await process.aVisitor();
      const [one, two] = [await wishes.aCompanion(visitor, 1), await wishes.aCompanion(visitor, 2)];
      const of = await approved(visitor, { ...on(2), people: [visitor.profile, one] });
      await wishes.removePerson(visitor, of, 1);
      const valid: [number, number, boolean][] = [
        [0, 1, true],
        [1, 1, false],
      ];
      await until(async () => (await passes(of))[1]?.[2] === false, 'the pass of the person taken out is worthless');
      const { submission } = await wishes.change(visitor, of, { ...on(2), people: [visitor.profile, two] });
      // No more people than were approved, and yet one of them was never approved.
      expect(await row(of)).toMatchObject({ persons: 1, change_submission_id: submission });
      expect(await passes(of)).toEqual(valid);
      await process.decide(of.reservation, 'approved');
      await hears(of, 'changed');
      expect(await passes(of)).toEqual([...valid, [2, 1, true]]);
      expect(await row(of)).toMatchObject({ persons: 2, submission_id: submission });
      expect(await places(of)).toEqual([2]);
    });

    it('that brings somebody more along, or other data, does not narrow', async () => {
      const visitor = await process.aVisitor();
      const of = await approved(visitor);
      const people = [{ ...visitor.profile, plate: '京A12345' }];
      await wishes.change(visitor, of, { ...on(2), people });
      expect(await row(of)).toMatchObject({ submission_id: of.submission });
      expect((await row(of)).change_submission_id).not.toBeNull();
    });

    it('leaves everything as it was when it is not admitted', async () => {
      const visitor = await process.aVisitor();
      await approved(visitor, on(5));
      const of = await approved(visitor);
      const overlapping = await wishes.change(visitor, of, on(5));
      expect(overlapping.answer).toMatchObject({ ok: false, fields: { from: 'field.window_overlap' } });
      const past = await wishes.change(visitor, of, { from: new Date(1e12), until: new Date(1e12 + 1) });
      expect(past.answer).toMatchObject({ ok: false, code: 'not_admitted', fields: { from: 'field.window_past' } });
      expect((await kinds(of)).at(-1)).toBe('change_not_admitted');
      expect(await places(of)).toEqual([1]);
      for (let n = 2; n < 20; n += 1) await wishes.change(visitor, of, on(5));
      expect((await wishes.change(visitor, of, on(3))).answer).toEqual({ ok: false, code: 'too_many_changes' });
    });

    it('moves the end when it was asked for inside and is granted', async () => {
      const visitor = await process.aVisitor();
      const end = soon();
      const of = await approved(visitor, { from: soon(-1_000), until: end });
      await process.enter(of.reservation);
      const later = new Date(end.getTime() + 3_000);
      await wishes.change(visitor, of, { until: later });
      expect((await row(of)).change_until.getTime()).toBeLessThanOrEqual(end.getTime());
      await process.decide(of.reservation, 'approved');
      expect(await process.result(of.reservation)).toMatchObject({ outcome: 'completed' });
      const ended = await process
        .db('timeline')
        .where({ reservation_id: of.reservation, kind: 'window_ended' })
        .first();
      expect(ended.at).toEqual(later);
      expect(await newest(of)).toMatchObject({ version: 2, valid_until: later });
    });

    it('lapses when nobody decides it, while the visit goes on', async () => {
      const visitor = await process.aVisitor();
      const of = await approved(visitor, { from: soon(-1_000), until: soon() });
      await wishes.change(visitor, of, on(3));
      expect(await process.result(of.reservation)).toMatchObject({ outcome: 'no_show' });
      expect(await kinds(of)).toContain('change_lapsed');
      expect(await told(of)).toEqual(['change_refused']);
      expect((await tasks(of)).map(({ status }) => status)).toEqual(['approved', 'withdrawn']);
    });

    it('that waits ends with the reservation', async () => {
      const visitor = await process.aVisitor();
      const of = await approved(visitor);
      await wishes.change(visitor, of, on(3));
      await wishes.cancel(visitor, of);
      expect(await process.result(of.reservation)).toMatchObject({ outcome: 'cancelled' });
      expect(await passes(of)).toEqual([[0, 1, false]]);
      expect(await places(of)).toEqual([]);
      expect(await row(of)).toMatchObject({ change_submission_id: null });
    });
  });

  describe('a request that is sent back', () => {
    it('is corrected and decided again in the same reservation', async () => {
      const visitor = await process.aVisitor();
      const of = await submitted(visitor, on(2));
      const sent = await wishes.sendBack(of, '请补充事由');
      expect(sent.answer).toMatchObject({ ok: true, stage: 'details' });
      expect(await row(of)).toMatchObject({ stage: 'details', round: 1, submission_id: of.submission });
      await hears(of, 'returned');
      expect(await texts(visitor)).toContain('被退回修改');
      await until(async () => (await places(of)).length === 0, 'its place is free');
      // No draft: another reservation may be begun beside it.
      expect((await process.submit(visitor, on(6))).reservation).not.toBe(of.reservation);

      const again = await wishes.submitAgain(visitor, of, on(3));
      expect(again.answer).toMatchObject({ ok: true, stage: 'approval' });
      expect(await tasks(of)).toEqual([
        { status: 'returned', submission_id: of.submission },
        { status: 'open', submission_id: again.submission },
      ]);
      await process.decide(of.reservation, 'approved');
      await process.reaches(of.reservation, 'visit');
      expect(await newest(of)).toMatchObject({ version: 1, valid_from: on(3).from });
    });

    it('expires when it is not corrected in time, and says so', async () => {
      const visitor = await process.aVisitor();
      const of = await process.submit(visitor, { ...on(2), durations: { draftTtl: 500 } });
      await wishes.sendBack(of, '请补充事由');
      expect(await process.result(of.reservation)).toMatchObject({ outcome: 'expired' });
      expect((await told(of)).toSorted()).toEqual(['expired', 'returned']);
      expect(await texts(visitor)).toContain('已逾期失效');
      // By which the page tells it from a department that did not decide.
      const line = { reservation_id: of.reservation, kind: 'expired' };
      expect(await process.db('timeline').where(line).first('actor_id')).toEqual({ actor_id: 'draft' });
    });

    it('may be taken back instead, and is not sent back once it is approved', async () => {
      const visitor = await process.aVisitor();
      const of = await submitted(visitor, on(2));
      await wishes.sendBack(of, '请补充事由');
      expect((await wishes.cancel(visitor, of)).answer).toMatchObject({ ok: true, stage: 'closed' });
      const other = await approved(visitor, on(3));
      expect((await wishes.sendBack(other, '晚了')).answer).toEqual({ ok: false, code: 'task_closed' });
    });
  });

  describe('another time that the department proposes', () => {
    it('is refused and the request waits on, or replaced by a newer one', async () => {
      const visitor = await process.aVisitor();
      const of = await submitted(visitor, on(2));
      const first = await wishes.propose(of, on(3));
      await hears(of, 'proposed');
      const second = await wishes.propose(of, on(4));
      expect(await row(of)).toMatchObject({ stage: 'approval', proposal_id: second.request });
      const late = await wishes.refuseProposal(visitor, of, first.request);
      expect(late.answer).toEqual({ ok: false, code: 'no_proposal' });
      await wishes.refuseProposal(visitor, of, second.request);
      expect(await row(of)).toMatchObject({ stage: 'approval', proposal_id: null });
      expect((await tasks(of)).map(({ status }) => status)).toEqual(['open']);
    });

    it('ends when its task is passed on: nobody stands by that time any more', async () => {
      const visitor = await process.aVisitor();
      const of = await submitted(visitor, on(2));
      const { request } = await wishes.propose(of, on(3));
      expect(await row(of)).toMatchObject({ proposal_id: request });
      await taskWishesOf(process).passOn(of, [await someStaff(process.owner, '同事')]);
      expect(await row(of)).toMatchObject({ stage: 'approval', proposal_id: null });
      const late = await wishes.acceptProposal(visitor, of, request, on(3));
      expect(late.answer).toEqual({ ok: false, code: 'no_proposal' });
      expect((await tasks(of)).map(({ status }) => status)).toEqual(['open']);
    });

    it('counts as the department’s signature when it is accepted', async () => {
      const visitor = await process.aVisitor();
      const of = await submitted(visitor, on(2));
      const { request } = await wishes.propose(of, on(3));
      const past = await wishes.acceptProposal(visitor, of, request, {
        from: new Date(1e12),
        until: new Date(1e12 + 1),
      });
      expect(past.answer).toMatchObject({ ok: false, code: 'not_admitted' });
      expect(await row(of)).toMatchObject({ proposal_id: request });

      const { submission, answer } = await wishes.acceptProposal(visitor, of, request, on(3));
      expect(answer).toMatchObject({ ok: true, stage: 'pass' });
      await process.reaches(of.reservation, 'visit');
      expect(await newest(of)).toMatchObject({ valid_from: on(3).from });
      expect(await process.db('task').where({ reservation_id: of.reservation })).toMatchObject([
        { status: 'approved', decision_id: request, submission_id: submission },
      ]);
      await until(async () => (await places(of)).length === 1, 'the place of the first window is given back');
    });
  });

  it('a reminder shows in the inbox, costs no activity, and has its limits', async () => {
    const visitor = await process.aVisitor();
    const of = await submitted(visitor, on(2));
    const activities = async () =>
      ((await process.handle(of.reservation).fetchHistory()).events ?? []).filter(
        (event) => event.activityTaskScheduledEventAttributes,
      ).length;
    const before = await activities();
    expect((await wishes.nudge(visitor, of)).answer).toMatchObject({ ok: true });
    expect((await wishes.nudge(visitor, of)).answer).toEqual({ ok: false, code: 'nudged_enough' });
    expect(await process.db('task').where({ reservation_id: of.reservation }).first()).toMatchObject({ nudges: 1 });
    expect(await row(of)).toMatchObject({ nudges: 1 });
    expect(await activities()).toBe(before);
    await process.decide(of.reservation, 'approved');
    await process.reaches(of.reservation, 'visit');
    expect((await wishes.nudge(visitor, of)).answer).toEqual({ ok: false, code: 'wrong_stage' });
  });

  describe('somebody awaited', () => {
    it('has a pass when they are ready, and the others have theirs before', async () => {
      const [visitor, guest] = [await process.aVisitor(), await process.aVisitor()];
      const [one, two] = [await wishes.aCompanion(visitor, 1), await wishes.aCompanion(visitor, 2)];
      const of = await submitted(visitor, { ...on(2), awaited: [awaited(one), awaited(two)] });
      expect(await row(of)).toMatchObject({ persons: 3 });
      expect(await places(of)).toEqual([3]);
      await process.decide(of.reservation, 'approved');
      await process.reaches(of.reservation, 'visit');
      expect(await passes(of)).toEqual([[0, 1, true]]);

      await wishes.personReady(visitor, of, one);
      await hears(of, 'person_ready');
      expect(await passes(of)).toEqual([
        [0, 1, true],
        [1, 1, true],
      ]);
      expect((await wishes.personReady(visitor, of, { ...two, ordinal: 3 })).answer).toMatchObject({
        code: 'not_awaited',
      });

      // By an account of their own: told there, and the lead is not.
      const joined = { ...guest.profile, ordinal: 2, companion: two.companion };
      await wishes.personReady(visitor, of, joined);
      await until(async () => (await process.partners.sms(guest.phone)).length > 0, 'the companion is told');
      expect((await process.partners.sms(guest.phone))[0]?.text).toContain('访客验证码');
      expect(await told(of)).toEqual(['person_ready']);
      expect(await passes(of)).toHaveLength(3);
    });

    it('gets their pass with the others when they are ready before the decision', async () => {
      const visitor = await process.aVisitor();
      const one = await wishes.aCompanion(visitor, 1);
      const of = await submitted(visitor, { ...on(2), awaited: [awaited(one)] });
      expect((await wishes.personReady(visitor, of, one)).answer).toMatchObject({ ok: true, stage: 'approval' });
      await process.decide(of.reservation, 'approved');
      await process.reaches(of.reservation, 'visit');
      expect(await passes(of)).toEqual([
        [0, 1, true],
        [1, 1, true],
      ]);
    });
  });

  it('a person taken out has no pass any more, and gets none by a change that named them', async () => {
    const visitor = await process.aVisitor();
    const [one, two] = [await wishes.aCompanion(visitor, 1), await wishes.aCompanion(visitor, 2)];
    const people = [visitor.profile, one, two];
    const of = await approved(visitor, { ...on(2), people });
    await wishes.change(visitor, of, { ...on(3), people });
    expect(await row(of)).toMatchObject({ ordinals: [0, 1, 2], change_ordinals: [0, 1, 2] });
    expect((await wishes.removePerson(visitor, of, 1)).answer).toMatchObject({ ok: true });
    // With the answer already: pages count on it.
    expect(await row(of)).toMatchObject({ ordinals: [0, 2], change_ordinals: [0, 2] });
    expect((await wishes.removePerson(visitor, of, 1)).answer).toEqual({ ok: false, code: 'no_such_person' });
    expect((await wishes.removePerson(visitor, of, 0)).answer).toEqual({ ok: false, code: 'no_such_person' });
    await until(async () => (await passes(of))[1]?.[2] === false, 'their pass is revoked');
    await until(async () => (await places(of)).join() === '2,2', 'their places are given back');
    await process.decide(of.reservation, 'approved');
    await hears(of, 'changed');
    expect(await passes(of)).toEqual([
      [0, 1, true],
      [0, 2, true],
      [1, 1, false],
      [2, 1, true],
      [2, 2, true],
    ]);
    expect(await row(of)).toMatchObject({ persons: 2, ordinals: [0, 2], change_ordinals: null });

    // Asked for anew, they come along when it is approved.
    await wishes.change(visitor, of, { ...on(3), people });
    expect((await row(of)).change_submission_id).not.toBeNull();
    await process.decide(of.reservation, 'approved');
    await until(async () => (await newest(of, 1)).version === 2, 'their new pass');
  });

  it('a person taken out is not brought back by a change that was kept before and arrives after', async () => {
    const visitor = await process.aVisitor();
    const [one, two] = [await wishes.aCompanion(visitor, 1), await wishes.aCompanion(visitor, 2)];
    const people = [visitor.profile, one, two];
    const of = await approved(visitor, { ...on(2), people });
    const submission = await wishes.writeChange(visitor, of, { ...on(3), people });
    expect((await wishes.removePerson(visitor, of, 1)).answer).toMatchObject({ ok: true });
    const actor = { kind: 'visitor', id: visitor.id } as const;
    await process.ask({ reservation: of.reservation, kind: 'change', payload: { submission }, actor });
    await process.decide(of.reservation, 'approved');
    await hears(of, 'changed');
    expect((await passes(of)).filter(([ordinal]) => ordinal === 1)).toEqual([[1, 1, false]]);
    expect(await row(of)).toMatchObject({ persons: 2 });
  });

  it('a pass bound to a phone is the next version, with its key, and stays so through a change', async () => {
    const visitor = await process.aVisitor();
    const of = await approved(visitor);
    const { key, binding, answer } = await wishes.bindPhone(visitor, of);
    expect(answer).toMatchObject({ ok: true });
    const bound = await newest(of);
    expect(bound).toMatchObject({ version: 2, form: 'bound', binding_id: binding });
    const credentials = await readCredentials(process.db, process.cipher, bound.id);
    expect(Buffer.from(phoneKeyOf(credentials?.token ?? Buffer.alloc(0)) ?? [])).toEqual(key);
    expect((await kinds(of)).at(-1)).toBe('phone_bound');

    await wishes.change(visitor, of, on(2, 1));
    await until(async () => (await newest(of)).version === 3, 'the shorter pass');
    expect(await newest(of)).toMatchObject({ form: 'bound', binding_id: binding });
    const after = await readCredentials(process.db, process.cipher, bound.id);
    expect(after?.gateCode).toBe(credentials?.gateCode);
  });

  describe('revoking', () => {
    const feed = async ({ reservation }: Reserved) =>
      process.db('gate_feed').where({ reservation_id: reservation }).orderBy('position').select('kind', 'ordinal');

    it('ends a visit that somebody has entered: passes, places, and the visitor is told why', async () => {
      const visitor = await process.aVisitor();
      const other = await process.aVisitor();
      const people = [visitor.profile, { ...other.profile, ordinal: 1 }];
      const of = await approved(visitor, { from: new Date(Date.now() - 1_000), until: soon(3_600_000), people });
      await process.enter(of.reservation);
      await until(async () => (await kinds(of)).includes('entered'), 'the entry');
      expect((await wishes.cancel(visitor, of)).answer).toEqual({ ok: false, code: 'already_inside' });
      await wishes.change(visitor, of, on(3));
      const { request, answer } = await wishes.revoke(of, '在校内拍摄实验室');
      expect(answer).toMatchObject({ ok: true, stage: 'closed' });
      expect(await process.result(of.reservation)).toMatchObject({ outcome: 'revoked', entered: [0] });
      expect(await row(of)).toMatchObject({ outcome: 'revoked', change_submission_id: null });
      expect((await tasks(of)).map(({ status }) => status)).toEqual(['approved', 'withdrawn']);
      expect(await passes(of)).toEqual([
        [0, 1, false],
        [1, 1, false],
      ]);
      expect((await feed(of)).map(({ kind }) => kind)).toContain('revoked');
      expect(await places(of)).toEqual([]);
      const [last] = await process.db('timeline').where({ reservation_id: of.reservation }).orderBy('seq', 'desc');
      expect(last).toMatchObject({ kind: 'revoked', actor_kind: 'staff', reference: request });
      await hears(of, 'revoked');
      expect(await texts(visitor)).toContain('来访已撤销');
      const message = { reservation_id: of.reservation, kind: 'revoked' };
      expect(await process.db('message').where({ ...message, visitor_id: visitor.id })).toMatchObject([
        { decision_id: request },
      ]);
      // A companion with an account of their own is told too.
      await until(
        () =>
          process
            .db('message')
            .where({ ...message, visitor_id: other.id, status: 'sent' })
            .first(),
        'it',
      );
      expect(await texts(other)).toContain('来访已撤销');
      // Undone nowhere, and once.
      expect((await wishes.revoke(of)).answer).toEqual({ ok: false, code: 'closed' });
      const history = JSON.stringify(await process.handle(of.reservation).fetchHistory());
      expect(history).not.toContain('拍摄');
    });

    it('takes one companion out, of a change that waits too, and the others come', async () => {
      const visitor = await process.aVisitor();
      const [one, two] = [await wishes.aCompanion(visitor, 1), await wishes.aCompanion(visitor, 2)];
      const people = [visitor.profile, one, two];
      const of = await approved(visitor, { ...on(2), people });
      await wishes.change(visitor, of, { ...on(3), people });
      const lead = { reservation: of.reservation, kind: 'revoke', payload: { ordinal: 0 } } as const;
      const asked = await process.ask({ ...lead, actor: { kind: 'staff', id: process.content.staff } });
      expect(asked.answer).toEqual({ ok: false, code: 'no_such_person' });
      expect((await wishes.revoke(of, '', 3)).answer).toEqual({ ok: false, code: 'no_such_person' });
      expect((await wishes.revoke(of, '', 1)).answer).toMatchObject({ ok: true, stage: 'visit' });
      expect(await row(of)).toMatchObject({ ordinals: [0, 2], change_ordinals: [0, 2], outcome: null });
      await hears(of, 'person_revoked');
      await until(async () => (await places(of)).join() === '2,2', 'their places are given back');
      expect(await passes(of)).toEqual([
        [0, 1, true],
        [1, 1, false],
        [2, 1, true],
      ]);
      expect(await texts(visitor)).toContain('同行已撤销');
      expect((await kinds(of)).at(-1)).toBe('person_revoked');
      expect((await wishes.revoke(of, '', 1)).answer).toEqual({ ok: false, code: 'no_such_person' });
    });

    it('is refused while nothing was approved, and once the window is over', async () => {
      const visitor = await process.aVisitor();
      const of = await submitted(visitor, { from: new Date(Date.now() - 1_000), until: soon() });
      expect((await wishes.revoke(of)).answer).toEqual({ ok: false, code: 'nothing_to_revoke' });
      await process.decide(of.reservation, 'approved');
      expect(await process.result(of.reservation)).toMatchObject({ outcome: 'no_show' });
      expect((await wishes.revoke(of)).answer).toEqual({ ok: false, code: 'closed' });
    });
  });
});
