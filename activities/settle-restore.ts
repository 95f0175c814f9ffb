import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Client, type WorkflowExecutionInfo, WorkflowNotFoundError } from '@temporalio/client';
import type { Knex } from 'knex';
import type { Projection } from '../domain/projection.ts';
import type { Log } from '../platform/log.ts';
import { type Rounds, startRounds } from '../platform/rounds.ts';
import { record } from '../store/audit/audit.ts';
import { type Restore, recordFinding, settleRestore, takeUnsettled } from '../store/office/restore.ts';
import { rowOfWorkflow } from '../store/reservations/orphan.ts';
import { bringForward } from '../store/reservations/projection.ts';
import { projection, readReservationWorkflowId, reservationWorkflowType } from '../workflows/messages/reservation.ts';
import type { ActivityDeps } from './deps.ts';

const every = 10_000;
/** A transition is in the rows within moments of its workflow task; ms. */
const writtenWithin = 2_000;
/** Milliseconds for one question to the engine. */
const patience = 10_000;
/** PostgreSQL: a foreign key names a row that is not there. */
const foreignKeyViolation = '23503';

/**
 * After a restore the two databases disagree, and the sweep sees one half of it: rows without a workflow. This is the
 * other, looked at once a restore: a workflow whose row is gone is ended; a row that knows less than its workflow is brought
 * forward; where that speaks of rows that are gone, the workflow is ended, and the sweep closes the visit and tells its visitor.
 * Everything that is found is listed. Without a restore no workflow is ever ended here.
 */
export function startSettling(
  { db, projections, client }: Pick<ActivityDeps, 'db' | 'projections'> & { client: Client },
  { log, pace = every }: { log: Log; pace?: number },
): Rounds {
  /** Names this worker in its claim. */
  const by = randomUUID();

  async function settle(signal: AbortSignal): Promise<void> {
    const restore = await takeUnsettled(db, { by });
    if (!restore) return;
    const query = `WorkflowType = '${reservationWorkflowType}' AND ExecutionStatus = 'Running'`;
    let failed = 0;
    for await (const workflow of client.workflow.list({ query })) {
      if (signal.aborted || !(await holds(restore))) return;
      await compare(restore, workflow).catch((err: unknown) => {
        failed += 1;
        log.warn({ err, workflow: workflow.workflowId }, 'a workflow is not compared with its row');
      });
    }
    // What could not be asked is asked in the next round.
    if (failed === 0) await settleRestore(db, { restore: restore.id, by });
  }

  /** Another worker takes over from one that stalled. */
  const holds = async ({ id }: Restore) => (await takeUnsettled(db, { by, restore: id })) !== undefined;
  const within = <T>(work: () => Promise<T>) => client.withDeadline(Date.now() + patience, work);

  /** In which its visit goes on; a visit goes through several. */
  async function runningRun(workflowId: string): Promise<string | undefined> {
    const { runId, status } = await within(() => client.workflow.getHandle(workflowId).describe());
    return status.name === 'RUNNING' ? runId : undefined;
  }

  async function compare(restore: Restore, { workflowId, runId }: WorkflowExecutionInfo): Promise<void> {
    const reservation = readReservationWorkflowId(workflowId);
    if (reservation === undefined) return;
    let run: string | undefined = runId;
    for (let tries = 5; run && tries > 0; tries -= 1) {
      const compared = await compareRun(restore, { reservation, workflowId, runId: run }).catch((error: unknown) => {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      });
      if (compared) return;
      run = await runningRun(workflowId);
    }
    if (run) throw new Error('It begins new runs faster than they are compared');
  }

  /**
   * One run is asked, and no other is ended: what it says is old once its visit goes on in the next.
   * @returns false where it has ended meanwhile
   */
  async function compareRun(
    restore: Restore,
    { reservation, workflowId, runId }: { reservation: string; workflowId: string; runId: string },
  ): Promise<boolean> {
    const handle = client.workflow.getHandle(workflowId, runId);
    const stillRuns = async () => (await runningRun(workflowId)) === runId;
    const found = async (kind: Parameters<typeof recordFinding>[1]['kind'], detail: object = {}): Promise<true> => {
      await recordFinding(db, { restore: restore.id, kind, subject: reservation, detail });
      return true;
    };
    const end = async (why: string): Promise<true> => {
      if (!(await holds(restore))) return true;
      await within(() => handle.terminate(why));
      const subject = { kind: 'reservation', id: reservation } as const;
      await record(db, { actor: { kind: 'system' }, action: 'workflow_ended_after_restore', subject, detail: { why } });
      return true;
    };

    // Before the question: what the row shows by then its workflow knows.
    const before = await rowOfWorkflow(db, reservation);
    if (!before) {
      if (!(await stillRuns())) return false;
      await found('workflow_without_row');
      return end('no_row');
    }
    const known = await within(() => handle.query(projection));
    if (!(await stillRuns())) return false;
    if (known.seq < before.seq) return found('row_ahead', { row: before.seq, workflow: known.seq });
    const row = await whenWritten(reservation, known.seq);
    if (!row || known.seq <= row.seq) return true;
    const detail = { stage: known.stage, was: row.stage };
    const brought = await broughtForward(projections, known);
    if (brought === 'level') return true;
    if (brought === 'forward') return found('row_brought_forward', detail);
    if (!(await stillRuns())) return false;
    await found('row_cannot_follow', detail);
    return end('rows_gone');
  }

  /** A row that is being written at this moment is not behind. */
  async function whenWritten(reservation: string, seq: number) {
    const row = await rowOfWorkflow(db, reservation);
    if (!row || row.seq >= seq) return row;
    await wait(writtenWithin);
    return rowOfWorkflow(db, reservation);
  }

  return startRounds({ every: pace, round: settle, failure: 'a restore is not settled', log });
}

/** @returns `level`: its workflow has written the row meanwhile; `never`: it speaks of rows that are gone */
async function broughtForward(projections: Knex, known: Projection): Promise<'forward' | 'level' | 'never'> {
  try {
    return (await bringForward(projections, known)) ? 'forward' : 'level';
  } catch (error) {
    if ((error as { code?: string }).code === foreignKeyViolation) return 'never';
    throw error;
  }
}
