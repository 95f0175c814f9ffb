import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { liveThrough } from '../../testing/mixed-messages.ts';
import { type ProcessUnderTest, startProcess } from '../../testing/process.ts';
import type { TestVisitor } from '../../testing/process-visitor.ts';
import { until } from '../../testing/until.ts';
import { on } from '../../testing/window.ts';
import { wishesOf } from '../../testing/wishes.ts';
import { left, reservationWorkflowId, updates } from '../messages/reservation.ts';

const after = { updates: 3, signals: 4 };
const soon = (ms: number) => new Date(Date.now() + ms);

describe('a visit that outlives its run', () => {
  let process: ProcessUnderTest;
  let wishes: ReturnType<typeof wishesOf>;
  beforeAll(async () => {
    process = await startProcess(undefined, { renewAfter: after });
    wishes = wishesOf(process);
    await process.startWorker();
    await process.forwarded();
    await process.owner('campus').where({ id: process.content.campus }).update({ daily_capacity: 1_000 });
  });
  afterAll(() => process?.stop());

  type Of = { reservation: string };
  const runOf = async ({ reservation }: Of) => (await process.handle(reservation).describe()).runId;
  const nextRun = (of: Of, run: string) => until(async () => (await runOf(of)) !== run, 'the next run');
  const approved = async (visitor: TestVisitor, wish: { until: Date; from?: Date } = on(2)) => {
    const of = await process.submit(visitor, wish);
    await process.decide(of.reservation, 'approved');
    await process.reaches(of.reservation, 'visit');
    return of;
  };
  /** More than a run takes: signals of one gate, each of somebody leaving, since nobody is let in. */
  const outlive = async (of: Of) => {
    const run = await runOf(of);
    for (let n = 0; n < after.signals; n += 1) {
      await process.handle(of.reservation).signal(left, process.anEvent(of.reservation, { direction: 'out' }));
    }
    await nextRun(of, run);
  };
  const timeline = ({ reservation }: Of): Promise<string[]> =>
    process.db('timeline').where({ reservation_id: reservation }).orderBy(['seq', 'n']).pluck('kind');

  it('is cancelled in the next one, and everything is undone', async () => {
    const visitor = await process.aVisitor();
    const of = await approved(visitor);
    await outlive(of);
    expect(await process.db('quota_hold').where({ reservation_id: of.reservation })).not.toEqual([]);
    expect((await wishes.cancel(visitor, of)).answer).toMatchObject({ ok: true, stage: 'closed' });
    expect(await process.result(of.reservation)).toMatchObject({ outcome: 'cancelled' });
    expect(await process.row(of.reservation)).toMatchObject({ stage: 'closed', outcome: 'cancelled' });
    expect(await process.db('pass').where({ reservation_id: of.reservation, revoked_at: null })).toEqual([]);
    expect(await process.db('quota_hold').where({ reservation_id: of.reservation })).toEqual([]);
  });

  it('remembers who entered, counts an event once, and ends as it would have ended', async () => {
    const visitor = await process.aVisitor();
    const of = await approved(visitor, { from: soon(-1_000), until: soon(7_200_000) });
    const event = process.anEvent(of.reservation);
    await process.enter(of.reservation, event);
    await outlive(of);
    const before = await process.row(of.reservation);
    await process.enter(of.reservation, event);
    const refused = await wishes.cancel(visitor, of);
    expect(refused.answer).toEqual({ ok: false, code: 'already_inside' });
    expect((await process.row(of.reservation)).seq).toBe(before.seq);
    const shortened = await wishes.change(visitor, of, { until: soon(5_000) });
    expect(shortened.answer).toMatchObject({ ok: true, stage: 'visit' });
    expect(await process.result(of.reservation)).toMatchObject({ outcome: 'completed', entered: [0] });
    expect((await timeline(of)).filter((kind) => kind === 'entered')).toHaveLength(1);
  });

  it('answers what an earlier run answered once more, and does it once', async () => {
    const visitor = await process.aVisitor();
    const of = await approved(visitor);
    const bound = await wishes.bindPhone(visitor, of);
    await outlive(of);
    const versions = await process.db('pass').where({ reservation_id: of.reservation }).pluck('version');
    const { payload } = await process.db('request').where({ id: bound.request }).first('payload');
    const handle = process.client.workflow.getHandle(reservationWorkflowId(of.reservation));
    const actor = { kind: 'visitor', id: visitor.id } as const;
    const again = await handle.executeUpdate(updates.bind_phone, {
      updateId: bound.request,
      args: [{ ...payload, request: bound.request, actor, kind: 'bind_phone' }],
    });
    expect(again).toEqual(bound.answer);
    expect(await process.db('pass').where({ reservation_id: of.reservation }).pluck('version')).toEqual(versions);
  });

  it('has its lost answers found after its end, in whatever run they were given', async () => {
    const visitor = await process.aVisitor();
    const of = await approved(visitor);
    const { request, answer } = await wishes.bindPhone(visitor, of);
    await outlive(of);
    await outlive(of);
    await wishes.cancel(visitor, of);
    await process.result(of.reservation);
    await process
      .owner('request')
      .where({ id: request })
      .update({ status: 'pending', answer: null, answered_at: null });
    expect(await process.deliveryWith({}).deliver(request, 10_000)).toEqual({ status: 'answered', answer });
  });

  it('keeps a change that waits: it is decided in the next run', async () => {
    const visitor = await process.aVisitor();
    const of = await approved(visitor);
    const { submission } = await wishes.change(visitor, of, on(3));
    await outlive(of);
    expect(await process.row(of.reservation)).toMatchObject({ change_submission_id: submission });
    expect((await process.decide(of.reservation, 'approved')).answer).toMatchObject({ ok: true });
    await until(async () => (await process.row(of.reservation)).submission_id === submission, 'the change to stand');
  });

  // These two wait for their visits' ends: beside each other.
  it.concurrent('keeps a change that waits: it lapses in the next run when its time is over', async () => {
    const visitor = await process.aVisitor();
    const of = await approved(visitor, { from: soon(-1_000), until: soon(7_200_000) });
    const people = [visitor.profile, await wishes.aCompanion(visitor, 1)];
    const { submission } = await wishes.change(visitor, of, { until: soon(20_000), people });
    await outlive(of);
    expect(await process.row(of.reservation)).toMatchObject({ change_submission_id: submission });
    await until(async () => (await timeline(of)).includes('change_lapsed'), 'the change to lapse');
    expect((await process.row(of.reservation)).change_submission_id).toBeNull();
  });

  it.concurrent('waits for its approval, and for a draft, where the run before stood', async () => {
    const visitor = await process.aVisitor();
    const of = await process.submit(visitor, { from: on(2).from, until: on(2).until, durations: { draftTtl: 15_000 } });
    const run = await runOf(of);
    const { request } = await wishes.propose(of, on(3));
    await wishes.refuseProposal(visitor, of, request);
    await nextRun(of, run);
    const second = await runOf(of);
    await wishes.nudge(visitor, of);
    await wishes.propose(of, on(3));
    await wishes.sendBack(of, '请补充事由', { draftTtl: 15_000 });
    await nextRun(of, second);
    expect(await process.row(of.reservation)).toMatchObject({ stage: 'details', round: 1 });
    expect(await process.result(of.reservation)).toMatchObject({ outcome: 'expired' });
  });

  it('is shown by the engine as before: stage, window, details', async () => {
    const visitor = await process.aVisitor();
    const of = await approved(visitor);
    const shown = async () => {
      const { typedSearchAttributes, status } = await process.handle(of.reservation).describe();
      const attributes = typedSearchAttributes.getAll().map(({ key, value }): [string, unknown] => [key.name, value]);
      const ours = attributes.filter(([name]) => name !== 'BuildIds');
      return { ours: Object.fromEntries(ours), status: status.name };
    };
    const before = await until(async () => {
      const now = await shown();
      return now.ours.VisitStage === 'visit' && now;
    }, 'the stage');
    await outlive(of);
    expect(await shown()).toEqual(before);
    const metadata = await process
      .handle(of.reservation)
      .query<{ currentDetails?: string }, []>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toContain('passes stand');
  });

  it('keeps what is under way in one run: it gives way when that is in the rows', async () => {
    const visitor = await process.aVisitor();
    const of = await approved(visitor);
    const run = await runOf(of);
    const lock = await process.db.transaction();
    await lock('reservation').where({ id: of.reservation }).forUpdate();
    const events = Array.from({ length: after.signals + 2 }, () =>
      process.anEvent(of.reservation, { direction: 'out' }),
    );
    for (const event of events) await process.handle(of.reservation).signal(left, event);
    await until(async () => (await process.handle(of.reservation).describe()).historyLength > 30, 'the signals');
    expect(await runOf(of)).toBe(run);
    await lock.rollback();
    await nextRun(of, run);
    const recorded = await process.db('gate_event').where({ reservation_id: of.reservation }).pluck('id');
    expect(recorded.toSorted()).toEqual(events.map(({ event }) => event).toSorted());
  });

  it('keeps room for what protects while it cannot give way', async () => {
    const visitor = await process.aVisitor();
    const of = await approved(visitor);
    const lock = await process.db.transaction();
    await lock('reservation').where({ id: of.reservation }).forUpdate();
    const pass = await process.db('pass').where({ reservation_id: of.reservation }).first('id');
    const actor = { kind: 'visitor', id: visitor.id } as const;
    const handle = process.handle(of.reservation);
    const say = (kind: 'resend_code' | 'cancel', told: object) =>
      handle.executeUpdate(updates[kind], {
        args: [{ request: randomUUID(), actor, kind, ...told } as never],
      });
    const answers: unknown[] = [];
    for (let n = 0; n < after.updates * 2; n += 1) {
      answers.push(await say('resend_code', { pass: pass.id }).catch(({ cause }) => cause.details[0]));
    }
    expect(answers.at(-1)).toBe('busy');
    expect(await say('cancel', {})).toMatchObject({ ok: true });
    await lock.rollback();
    expect(await process.result(of.reservation)).toMatchObject({ outcome: 'cancelled' });
  });
});

describe('a visit of 300 mixed messages', () => {
  let process: ProcessUnderTest;
  beforeAll(async () => {
    process = await startProcess(undefined, { renewAfter: { updates: 40, signals: 40 } });
    await process.startWorker();
  });
  afterAll(() => process?.stop());

  it('is what a model says, and is cancelled at its end', async () => {
    const { runs } = await liveThrough(process, { messages: 300, seed: 20261129 });
    expect(runs).toBeGreaterThan(3);
  });
});
