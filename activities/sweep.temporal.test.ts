import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { visitFaults } from '../store/office/visit-fault.ts';
import { type ProcessUnderTest, startProcess } from '../testing/process.ts';
import { until } from '../testing/until.ts';
import { reservationTaskQueue, reservationWorkflowId } from '../workflows/messages/reservation.ts';
import { startSweep } from './sweep.ts';

const later = () => new Date(Date.now() + 3_600_000);

describe('a visit whose workflow has ended or hangs', () => {
  let process: ProcessUnderTest;
  // All workers share one pace: a slow one beside it would take this one's turns.
  const quick = { batch: 5, every: 50, rest: 0, tries: 2 };
  beforeAll(async () => {
    process = await startProcess();
    await process.startWorker({ sweep: quick });
  });
  afterAll(() => process?.stop());
  beforeEach(async () => {
    await process.owner('campus').update({ daily_capacity: 50 });
  });

  async function approved() {
    const visitor = await process.aVisitor();
    const { reservation } = await process.submit(visitor, { until: later() });
    await process.decide(reservation, 'approved');
    await process.reaches(reservation, 'visit');
    return { visitor, reservation };
  }
  const fault = async (reservation: string) =>
    (await visitFaults(process.db, 100)).find((one) => one.reservation === reservation);
  const held = async () => Number((await process.owner('slot').sum('held as held').first())?.held ?? 0);

  it('is closed, and its passes, places and people with it, when somebody terminated it', async () => {
    const { visitor, reservation } = await approved();
    const before = await held();
    // One a day: the window may go past midnight.
    const own = await process.owner('quota_hold').where({ reservation_id: reservation }).sum('count as held').first();
    expect(Number(own?.held)).toBeGreaterThan(0);
    await process.handle(reservation).terminate('by an operator');
    await process.reaches(reservation, 'closed');

    expect(await process.row(reservation)).toMatchObject({ outcome: 'cancelled' });
    expect(await process.owner('pass').where({ reservation_id: reservation }).whereNull('revoked_at')).toEqual([]);
    expect(await process.owner('gate_feed').where({ reservation_id: reservation, kind: 'revoked' })).not.toEqual([]);
    expect(await held()).toBe(before - Number(own?.held));
    expect(
      await process.owner('message').where({ reservation_id: reservation, kind: 'cancelled', visitor_id: visitor.id }),
    ).toHaveLength(1);
    expect(await fault(reservation)).toMatchObject({ kind: 'lost', detail: 'terminated' });
    expect(
      await process.owner('audit').where({ subject_id: reservation, action: 'visit_closed_without_workflow' }),
    ).toHaveLength(1);
  });

  it('is closed as expired when nobody can decide it any more', async () => {
    const visitor = await process.aVisitor();
    const { reservation } = await process.submit(visitor, { until: later() });
    await process.reaches(reservation, 'approval');
    // No worker: one that is just looking at the row, or writing it, would not know of the earlier end.
    await process.stopWorker();
    await process.owner('reservation').where({ id: reservation }).update({ stage_until: new Date() });
    await process.handle(reservation).terminate('by an operator');
    await process.startWorker({ sweep: quick });
    await process.reaches(reservation, 'closed');
    expect(await process.row(reservation)).toMatchObject({ outcome: 'expired' });
    expect(await process.owner('task').where({ reservation_id: reservation }).pluck('status')).toEqual(['withdrawn']);
  });

  it('is closed when the engine does not know it', async () => {
    const { reservation } = await approved();
    await process.client.workflowService.deleteWorkflowExecution({
      namespace: process.temporal.namespace,
      workflowExecution: { workflowId: reservationWorkflowId(reservation) },
    });
    await until(async () => {
      try {
        await process.handle(reservation).describe();
        return false;
      } catch (error) {
        return error instanceof WorkflowNotFoundError;
      }
    }, 'the engine to have forgotten it');
    await process.reaches(reservation, 'closed');
    expect(await fault(reservation)).toMatchObject({ kind: 'lost' });
  });

  it.each([
    { end: 'failed', status: 'FAILED' },
    { end: 'timed_out', status: 'TIMED_OUT' },
  ])('is closed when its workflow $end', async ({ end, status }) => {
    const visitor = await process.aVisitor();
    const reservation = randomUUID();
    const row = { id: reservation, visitor_id: visitor.id, stage: 'registration', seq: 1 };
    const handle = await process.client.workflow.start('by hand', {
      workflowId: reservationWorkflowId(reservation),
      taskQueue: `by hand ${reservation}`,
      ...(end === 'timed_out' && { workflowExecutionTimeout: '1 second' }),
    });
    if (end === 'failed') await failByHand(`by hand ${reservation}`);
    await until(async () => (await handle.describe()).status.name === status, `it has ${end}`);
    await process.owner('reservation').insert(row);
    await until(async () => fault(reservation), 'it was found');
    expect(await fault(reservation)).toMatchObject({ kind: 'lost', detail: end });
    expect(await process.owner('reservation').where({ id: reservation }).whereNot({ stage: 'closed' })).toEqual([]);
  });

  /** Answers the first workflow task of a queue as a worker whose workflow fails. */
  async function failByHand(queue: string): Promise<void> {
    const { workflowService } = process.client;
    const { namespace } = process.temporal;
    const task = await process.client.withDeadline(Date.now() + 10_000, () =>
      workflowService.pollWorkflowTaskQueue({
        namespace,
        taskQueue: { name: queue },
        identity: 'test',
      }),
    );
    const failed = { failure: { message: 'It cannot go on', applicationFailureInfo: { type: 'broken' } } };
    await workflowService.respondWorkflowTaskCompleted({
      namespace,
      taskToken: task.taskToken,
      identity: 'test',
      commands: [
        {
          commandType: temporal.api.enums.v1.CommandType.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION,
          failWorkflowExecutionCommandAttributes: failed,
        },
      ],
    });
  }

  it('gets the outcome of its workflow when only the row is behind', async () => {
    const visitor = await process.aVisitor();
    const { reservation } = await process.submit(visitor, { until: later() });
    await process.decide(reservation, 'rejected', '不便接待');
    await process.result(reservation);
    // The row of a database that was restored to an earlier moment.
    const [row] = await process
      .owner('reservation')
      .where({ id: reservation })
      .update({ stage: 'approval', outcome: null, closed_at: null })
      .returning('seq');
    expect(row.seq).toBeGreaterThan(0);
    await process.reaches(reservation, 'closed');
    expect(await process.row(reservation)).toMatchObject({ outcome: 'rejected' });
    expect(await fault(reservation)).toMatchObject({ kind: 'lost', detail: 'completed' });
  });

  it('is left alone while its start is on its way', async () => {
    const visitor = await process.aVisitor();
    await process.stopWorker();
    const sweep = startSweep(process, { log: process.log, step: quick });
    const { reservation } = await process.submit(visitor, { until: later(), waitMs: 0 });
    const other = await process.aVisitor();
    const draft = randomUUID();
    await process.owner('reservation').insert({ id: draft, visitor_id: other.id, stage: 'registration' });
    // The draft that nothing begins is closed; by then the other one was looked at as well.
    await process.reaches(draft, 'closed');
    await until(async () => (await process.owner('sweep').first('after')).after === null, 'a whole round');
    expect(await process.row(reservation)).toMatchObject({ stage: 'registration' });
    await sweep.stop();
    await process.startWorker({ sweep: quick });
    await process.reaches(reservation, 'approval');
  });

  it('is shown, and not closed, while its workflow fails again and again', async () => {
    const visitor = await process.aVisitor();
    const reservation = randomUUID();
    await process
      .owner('reservation')
      .insert({ id: reservation, visitor_id: visitor.id, stage: 'registration', seq: 1 });
    const failing = await process.client.workflow.start('no such workflow', {
      workflowId: reservationWorkflowId(reservation),
      taskQueue: reservationTaskQueue,
    });
    await until(() => fault(reservation), 'the fault');
    expect(await fault(reservation)).toMatchObject({ kind: 'task_failing' });
    expect(await process.row(reservation)).toMatchObject({ stage: 'registration' });
    await failing.terminate();
  });
});
