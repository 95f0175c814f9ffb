import { setTimeout as wait } from 'node:timers/promises';
import { type Client, type WorkflowExecutionInfo, WorkflowNotFoundError } from '@temporalio/client';
import type { Knex } from 'knex';
import type { Projection } from '../domain/projection.ts';
import type { Log } from '../platform/log.ts';
import { type Rounds, startRounds } from '../platform/rounds.ts';
import { record } from '../store/audit/audit.ts';
import { type Restore, recordFinding, settleRestore, takeUnsettled } from '../store/office/restore.ts';
import { rowOfWorkflow } from '../store/reservations/orphan.ts';
import { project } from '../store/reservations/projection.ts';
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
  async function settle(signal: AbortSignal): Promise<void> {
    const restore = await takeUnsettled(db);
    if (!restore) return;
    const query = `WorkflowType = '${reservationWorkflowType}' AND ExecutionStatus = 'Running'`;
    let failed = 0;
    for await (const workflow of client.workflow.list({ query })) {
      if (signal.aborted || !(await takeUnsettled(db, restore.id))) return;
      await compare(restore, workflow).catch((err: unknown) => {
        failed += 1;
        log.warn({ err, workflow: workflow.workflowId }, 'a workflow is not compared with its row');
      });
    }
    // What could not be asked is asked in the next round.
    if (failed === 0) await settleRestore(db, restore.id);
  }

  async function compare(restore: Restore, { workflowId, runId }: WorkflowExecutionInfo): Promise<void> {
    const reservation = readReservationWorkflowId(workflowId);
    if (reservation === undefined) return;
    const handle = client.workflow.getHandle(workflowId, runId);
    const found = (kind: Parameters<typeof recordFinding>[1]['kind'], detail: object = {}) =>
      recordFinding(db, { restore: restore.id, kind, subject: reservation, detail });
    const end = async (why: string): Promise<void> => {
      await client.withDeadline(Date.now() + patience, () => handle.terminate(why));
      const subject = { kind: 'reservation', id: reservation } as const;
      await record(db, { actor: { kind: 'system' }, action: 'workflow_ended_after_restore', subject, detail: { why } });
    };
    try {
      if (!(await rowOfWorkflow(db, reservation))) {
        await found('workflow_without_row');
        return await end('no_row');
      }
      const known = await client.withDeadline(Date.now() + patience, () => handle.query(projection));
      const row = await whenWritten(reservation, known.seq);
      if (!row || known.seq === row.seq) return;
      if (known.seq < row.seq) return await found('row_ahead', { row: row.seq, workflow: known.seq });
      const detail = { stage: known.stage, was: row.stage };
      if (await follows(projections, known)) return await found('row_brought_forward', detail);
      await found('row_cannot_follow', detail);
      await end('rows_gone');
    } catch (error) {
      // It has ended by itself meanwhile.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
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

/** @returns false where it speaks of rows that are gone */
async function follows(projections: Knex, known: Projection): Promise<boolean> {
  try {
    await project(projections, known);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === foreignKeyViolation) return false;
    throw error;
  }
}
