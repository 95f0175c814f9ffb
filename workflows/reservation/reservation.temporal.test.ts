import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSealed } from '../../platform/crypto.ts';
import { type ProcessUnderTest, startProcess } from '../../testing/process.ts';
import { until } from '../../testing/until.ts';
import { left, messageFailed } from '../messages/reservation.ts';

/** Long enough to be submitted, decided and entered on a busy machine; the tests wait beside each other. */
const soon = () => new Date(Date.now() + 12_000);
const later = () => new Date(Date.now() + 3_600_000);

/** Every gate has forwarded everything: outcomes are decided as soon as the window ends. */
describe.concurrent('a reservation', () => {
  let process: ProcessUnderTest;
  beforeAll(async () => {
    process = await startProcess();
    await process.startWorker();
    await process.forwarded();
  });
  afterAll(() => process?.stop());

  const kinds = async (reservation: string): Promise<string[]> =>
    process.db('timeline').where({ reservation_id: reservation }).orderBy(['seq', 'n']).pluck('kind');
  const messages = (reservation: string) => process.db('message').where({ reservation_id: reservation });
  const feed = (reservation: string, kind: string): Promise<string[]> =>
    process.db('gate_feed').where({ reservation_id: reservation, kind }).orderBy('gate_id').pluck('gate_id');
  const approved = async (visitor: Parameters<ProcessUnderTest['submit']>[0], end = later()) => {
    const submitted = await process.submit(visitor, { until: end });
    await process.decide(submitted.reservation, 'approved');
    await process.reaches(submitted.reservation, 'visit');
    return submitted;
  };
  const cancel = (visitor: { id: string }, reservation: string) =>
    process.ask({ reservation, kind: 'cancel', payload: {}, actor: { kind: 'visitor', id: visitor.id } });

  /** Undefined while something is under way. */
  const quietLength = async (reservation: string): Promise<number | undefined> => {
    const { raw, historyLength } = await process.handle(reservation).describe();
    return raw.pendingActivities?.length === 0 && !raw.pendingWorkflowTask ? historyLength : undefined;
  };

  it('goes from the submission of a returning visitor to completed', async () => {
    const visitor = await process.aVisitor({ wechat: true });
    const { reservation, answer } = await process.submit(visitor, { until: soon() });
    expect(answer).toMatchObject({ ok: true, stage: 'approval', seq: 1 });
    expect(await process.row(reservation)).toMatchObject({ stage: 'approval', seq: 1, channel: 'official' });

    expect((await process.decide(reservation, 'approved')).answer).toMatchObject({ ok: true, stage: 'pass' });
    await process.reaches(reservation, 'visit');
    expect(await feed(reservation, 'pass')).toEqual(['east', 'south']);
    await process.enter(reservation);

    expect(await process.result(reservation)).toEqual({ outcome: 'completed', seq: 5, entered: [0] });
    expect(await process.row(reservation)).toMatchObject({ stage: 'closed', outcome: 'completed', seq: 5 });
    expect(await kinds(reservation)).toEqual([
      'submitted',
      'approved',
      'pass_issued',
      'entered',
      'window_ended',
      'completed',
    ]);
  });

  it('ends as no_show when nobody came in its window', async () => {
    const visitor = await process.aVisitor();
    const { reservation } = await approved(visitor, soon());
    expect(await process.result(reservation)).toMatchObject({ outcome: 'no_show', entered: [] });
    expect(await process.row(reservation)).toMatchObject({ outcome: 'no_show', corrected: false });
  });

  it('tells the visitor the code and a link to the pass, by WeChat', async () => {
    const visitor = await process.aVisitor({ wechat: true });
    const { reservation } = await approved(visitor);
    const [card] = await until(async () => {
      const cards = await process.partners.wechat(visitor.openid);
      return cards.length > 0 && cards;
    }, 'the message');
    const pass = await process.db('pass').where({ reservation_id: reservation }).first();
    expect(card?.url).toBe(`http://127.0.0.1:9/passes/${pass.id}`);
    const code = await process.db('visit_code').where({ pass_id: pass.id }).first();
    const clear = process.cipher.open({ table: 'visit_code', column: 'code_enc', row: code.id }, code.code_enc);
    expect(clear).toMatch(/^\d{6}$/);
    expect(card?.fields.map(({ value }) => value)).toContain(clear);
    await until(() => messages(reservation).where({ status: 'sent', channel: 'wechat' }).first(), 'the record');
  });

  it('tells a refusal with its reason, and gives the place back', async () => {
    const visitor = await process.aVisitor();
    const { reservation } = await process.submit(visitor, { until: later() });
    await process.decide(reservation, 'rejected', '当日校区封闭');
    expect(await process.result(reservation)).toMatchObject({ outcome: 'rejected' });
    expect(await process.db('task').where({ reservation_id: reservation }).first()).toMatchObject({
      status: 'rejected',
    });
    const [text] = await process.partners.sms(visitor.phone);
    // No value of a text has room for the reason, which the page says.
    expect(text?.text).toContain('审批未通过');
    expect(await process.db('pass').where({ reservation_id: reservation })).toEqual([]);
  });

  it('expires, and says so, when it is undecided at the visit’s beginning', async () => {
    const visitor = await process.aVisitor();
    const { reservation } = await process.submit(visitor, { until: soon() });
    expect(await process.result(reservation)).toMatchObject({ outcome: 'expired' });
    expect(await process.db('task').where({ reservation_id: reservation }).first()).toMatchObject({
      status: 'withdrawn',
    });
    expect(await process.partners.sms(visitor.phone)).toHaveLength(1);
  });

  it('takes its task from the inbox when it is cancelled before the decision', async () => {
    const visitor = await process.aVisitor();
    const { reservation } = await process.submit(visitor, { until: later() });
    expect((await cancel(visitor, reservation)).answer).toMatchObject({ ok: true, stage: 'closed' });
    expect(await process.result(reservation)).toMatchObject({ outcome: 'cancelled' });
    expect(await process.db('task').where({ reservation_id: reservation }).first()).toMatchObject({
      status: 'withdrawn',
    });
  });

  it('undoes everything and tells everybody when it is cancelled with passes out', async () => {
    const visitor = await process.aVisitor();
    const { reservation } = await approved(visitor);
    await until(() => messages(reservation).where({ status: 'sent' }).first(), 'the first message');
    await cancel(visitor, reservation);
    expect(await process.result(reservation)).toMatchObject({ outcome: 'cancelled' });
    expect(await feed(reservation, 'revoked')).toEqual(['east', 'south']);
    expect(await process.db('pass').where({ reservation_id: reservation, revoked_at: null })).toEqual([]);
    expect((await messages(reservation).pluck('kind')).toSorted()).toEqual(['approved', 'cancelled']);
    expect((await cancel(visitor, reservation)).answer).toEqual({ ok: false, code: 'closed' });
  });

  it('is undone and told like any other when it is cancelled with the engine’s own tools', async () => {
    const visitor = await process.aVisitor();
    const { reservation } = await approved(visitor);
    await process.handle(reservation).cancel();
    expect(await process.result(reservation)).toMatchObject({ outcome: 'cancelled' });
    expect(await process.row(reservation)).toMatchObject({ stage: 'closed', outcome: 'cancelled' });
    expect(await feed(reservation, 'revoked')).toEqual(['east', 'south']);
  });

  it('is not cancelled any more once somebody is inside, and the refusal leaves no trace', async () => {
    const visitor = await process.aVisitor();
    const { reservation } = await approved(visitor);
    await process.enter(reservation);
    await until(() => process.db('gate_event').where({ reservation_id: reservation }).first(), 'the entry');
    const before = await until(() => quietLength(reservation), 'a history at rest');
    expect((await cancel(visitor, reservation)).answer).toEqual({ ok: false, code: 'already_inside' });
    expect(await quietLength(reservation)).toBe(before);
  });

  it('counts one gate event once, however often it is told', async () => {
    const visitor = await process.aVisitor();
    const { reservation } = await approved(visitor, soon());
    const event = process.anEvent(reservation, { at: Date.now() - 500 });
    await Promise.all([1, 2, 3].map(() => process.enter(reservation, event)));
    await process.handle(reservation).signal(left, process.anEvent(reservation, { direction: 'out' }));
    await process.result(reservation);
    expect((await kinds(reservation)).filter((kind) => kind === 'entered' || kind === 'left')).toEqual([
      'entered',
      'left',
    ]);
    const recorded = await process.db('gate_event').where({ id: event.event }).first();
    expect(recorded.occurred_at.getTime()).toBe(event.at);
  });

  it('begins with the phone for a first visit, goes on with the proof, and keeps one draft', async () => {
    const visitor = await process.aVisitor();
    const actor = { kind: 'visitor', id: visitor.id } as const;
    const draft = randomUUID();
    await process.db('reservation').insert({ id: draft, visitor_id: visitor.id, stage: 'registration' });
    await process.ask({ reservation: draft, kind: 'start', payload: {}, actor });
    expect(await stageInEngine(draft)).toBe((await process.row(draft)).stage);
    const ready = await process.ask({ reservation: draft, kind: 'ready', payload: { ready: visitor.ready }, actor });
    expect(ready.answer).toMatchObject({ ok: true, stage: 'details', seq: 1 });
    const { reservation, answer } = await process.submit(visitor, { until: later() });
    expect(reservation).toBe(draft);
    expect(answer).toMatchObject({ ok: true, stage: 'approval', seq: 2 });
    expect(await kinds(reservation)).toEqual(['registered', 'ready', 'submitted']);
  });

  it('answers with the fault at its field and takes the corrected form, and only one of two at once', async () => {
    const visitor = await process.aVisitor();
    const past = await process.submit(visitor, { from: new Date(1e12), until: new Date(1e12 + 1) });
    expect(past.answer).toMatchObject({ ok: false, code: 'not_admitted', fields: { from: 'field.window_past' } });
    expect(await process.row(past.reservation)).toMatchObject({ stage: 'details', submission_id: null });

    const two = await Promise.all([
      process.submit(visitor, { until: later() }),
      process.submit(visitor, { until: later() }),
    ]);
    expect(two.map(({ answer }) => answer?.ok).toSorted()).toEqual([false, true]);
    expect(two.find(({ answer }) => !answer?.ok)?.answer).toEqual({ ok: false, code: 'wrong_stage' });

    const again = await process.submit(visitor, { until: later() });
    expect(again.answer).toMatchObject({ ok: false, fields: { from: 'field.window_overlap' } });
  });

  it('does not go on with an agreement that is not the visitor’s own', async () => {
    const [visitor, other] = await Promise.all([process.aVisitor(), process.aVisitor()]);
    const people = [{ ...visitor.profile, consent: other.profile.consent }];
    const { answer } = await process.submit(visitor, { until: later(), people });
    expect(answer).toMatchObject({ ok: false, fields: { consent: 'field.consent_needed' } });
  });

  it('takes twenty refused submissions and no more', async () => {
    const visitor = await process.aVisitor();
    const inVain = () => process.submit(visitor, { from: new Date(1e12), until: new Date(1e12 + 1) });
    for (let n = 0; n < 20; n += 1) expect((await inVain()).answer).toMatchObject({ code: 'not_admitted' });
    expect((await inVain()).answer).toEqual({ ok: false, code: 'too_many_submissions' });
  });

  it('lapses as a draft, and deletes the phone of a visitor who never agreed', async () => {
    const stranger = await process.aVisitor({ agreed: false });
    const draft = randomUUID();
    await process.db('reservation').insert({ id: draft, visitor_id: stranger.id, stage: 'registration' });
    const actor = { kind: 'visitor', id: stranger.id } as const;
    await process.ask({ reservation: draft, kind: 'start', payload: {}, actor }, { durations: { draftTtl: 500 } });
    expect(await process.result(draft)).toMatchObject({ outcome: 'abandoned' });
    expect(await process.db('visitor').where({ id: stranger.id }).first()).toMatchObject({
      phone_enc: null,
      phone_hash: null,
    });
  });

  it('lapses as a draft, and leaves the account of a visitor who agreed', async () => {
    const visitor = await process.aVisitor();
    const { reservation } = await process.submit(visitor, {
      from: new Date(1e12),
      until: new Date(1e12 + 1),
      durations: { draftTtl: 500 },
    });
    expect(await process.result(reservation)).toMatchObject({ outcome: 'abandoned' });
    expect((await process.db('visitor').where({ id: visitor.id }).first()).phone_enc).not.toBeNull();
  });

  it('shows everybody who was submitted, also after the profile has changed', async () => {
    const visitor = await process.aVisitor({ person: { name: '冻结前' } });
    const { reservation } = await process.submit(visitor, { until: later() });
    const column = { table: 'person', column: 'name_enc', row: visitor.profile.person ?? '' };
    await process
      .owner('person')
      .where({ id: visitor.profile.person })
      .update({ name_enc: process.cipher.seal(column, '改名后'), version: 2 });
    await process.decide(reservation, 'approved');
    await process.reaches(reservation, 'visit');
    const row = await process.db('gate_feed').where({ reservation_id: reservation, gate_id: 'south' }).first();
    const context = `feed/south/${reservation}/0/1`;
    const seen = JSON.parse(openSealed(process.keys.gate('south').sealing.private, row.sealed, context).toString());
    expect(seen.name).toBe('冻结前');
    expect(() => openSealed(process.keys.gate('east').sealing.private, row.sealed, context)).toThrow();
  });

  it('takes one decision for one task', async () => {
    const visitor = await process.aVisitor();
    const { reservation } = await process.submit(visitor, { until: later() });
    const both = await Promise.all([
      process.decide(reservation, 'approved'),
      process.decide(reservation, 'rejected', '不'),
    ]);
    expect(both.filter(({ answer }) => answer?.ok)).toHaveLength(1);
    const refused = both.find(({ answer }) => !answer?.ok)?.answer;
    expect(['task_closed', 'closed']).toContain(refused && 'code' in refused ? refused.code : '');
  });

  it('sends a new code when it is asked to, once a request', async () => {
    const visitor = await process.aVisitor();
    const { reservation } = await approved(visitor);
    await until(() => messages(reservation).where({ status: 'sent' }).first(), 'the first message');
    const pass = await process.db('pass').where({ reservation_id: reservation }).first();
    const asked = await process.ask({
      reservation,
      kind: 'resend_code',
      payload: { pass: pass.id },
      actor: { kind: 'visitor', id: visitor.id },
    });
    expect(asked.answer).toMatchObject({ ok: true });
    await until(() => messages(reservation).where({ kind: 'code', status: 'sent' }).first(), 'the second message');
    const codes = await process.db('visit_code').where({ pass_id: pass.id });
    expect(codes.map(({ replaced_at }) => replaced_at === null).toSorted()).toEqual([false, true]);
    expect(await process.partners.sms(visitor.phone)).toHaveLength(2);
  });

  it('turns to SMS when a receipt says that WeChat failed, once an event', async () => {
    const visitor = await process.aVisitor({ wechat: true });
    const { reservation } = await approved(visitor);
    const message = await until(() => messages(reservation).where({ status: 'sent' }).first(), 'the message');
    const failure = { event: randomUUID(), message: message.id };
    await process.handle(reservation).signal(messageFailed, failure);
    await process.handle(reservation).signal(messageFailed, failure);
    await until(() => messages(reservation).where({ channel: 'sms' }).first(), 'the SMS');
    expect(await process.partners.sms(visitor.phone)).toHaveLength(1);
    expect((await kinds(reservation)).filter((kind) => kind === 'message_failed')).toHaveLength(1);
  });

  const stageInEngine = async (reservation: string) =>
    (await process.handle(reservation).describe()).searchAttributes.VisitStage?.[0];

  it('can be found by its stage, its outcome and nothing personal', async () => {
    const visitor = await process.aVisitor();
    const { reservation } = await approved(visitor, soon());
    await process.result(reservation);
    const { typedSearchAttributes } = await process.handle(reservation).describe();
    const found = Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
    expect(found).toMatchObject({
      VisitStage: 'closed',
      VisitOutcome: 'no_show',
      Campus: process.content.campus,
      Department: process.content.department,
      Channel: 'official',
    });
    expect(found.VisitStart).toBeInstanceOf(Date);
  });
});
