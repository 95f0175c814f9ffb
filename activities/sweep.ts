import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import type { Outcome } from '../domain/reservation.ts';
import type { Transaction } from '../platform/db.ts';
import type { Log } from '../platform/log.ts';
import { type Rounds, startRounds } from '../platform/rounds.ts';
import { waitingOf } from '../platform/waiting.ts';
import { record } from '../store/audit/audit.ts';
import { queueMessage } from '../store/messages/message.ts';
import { endVisitFault, type LostDetail, recordVisitFault } from '../store/office/visit-fault.ts';
import { forgetIfNeverAgreed } from '../store/own-data/forgotten.ts';
import { endAccount, giveBack, owedOnceClosed } from '../store/payments/account.ts';
import { isBeginning } from '../store/reservations/beginning.ts';
import {
  closeOrphan,
  lockOrphan,
  nextToCompare,
  type OpenRow,
  outcomeWithoutWorkflow,
  type SweepStep,
} from '../store/reservations/orphan.ts';
import { releasePlaces } from '../store/reservations/quota.ts';
import { type ReservationResult, reservationWorkflowId } from '../workflows/messages/reservation.ts';
import type { ActivityDeps } from './deps.ts';
import { revokeAndTell } from './passes.ts';

const usualStep: SweepStep = { batch: 20, every: 5_000, rest: 60_000, tries: 4 };
/** Milliseconds for one question to the engine. */
const patience = 5_000;

/**
 * Compares open rows with the engine, in small steps: a workflow that was terminated, failed, or is unknown to an engine
 * restored from an older backup says nothing any more, and its row would stand open for ever – passes valid, places held,
 * the account not to be deleted. Such a visit is closed here as its workflow would have closed it, and shown to admins.
 * A workflow whose tasks keep failing is shown too; it goes on once the code is mended.
 */
export function startSweep(
  { db, client }: Pick<ActivityDeps, 'db'> & { client: Client },
  { log, step = usualStep }: { log: Log; step?: SweepStep },
): Rounds {
  const waiting = waitingOf(log);

  async function compareNext(signal: AbortSignal): Promise<void> {
    for (const row of (await nextToCompare(db, step)) ?? []) {
      if (signal.aborted) return;
      // One that cannot be looked at, or closed, holds up none of the others.
      await waiting.attempt('a visit is not compared', { reservation: row.id }, () => compare(row));
    }
  }

  /** @throws Error when the engine could not be asked: the next round asks again */
  async function compare(row: OpenRow): Promise<void> {
    const found = await lookAt(row.id);
    if (found.running) {
      if (found.failing) await recordVisitFault(db, { reservation: row.id, kind: 'task_failing', detail: 'attempts' });
      else await endVisitFault(db, row.id, 'task_failing');
      return;
    }
    if (found.detail === 'unknown' && (await isBeginning(db, row))) return;
    const outcome = await closeLost(row, found);
    if (outcome) log.error({ reservation: row.id, reason: found.detail, outcome }, 'a visit had no workflow any more');
  }

  async function lookAt(reservation: string): Promise<Found> {
    const handle = client.workflow.getHandle(reservationWorkflowId(reservation));
    try {
      const description = await client.withDeadline(Date.now() + patience, () => handle.describe());
      if (description.status.name === 'RUNNING') return { running: true, failing: isFailing(description, step.tries) };
      const detail = detailOf(description);
      if (detail !== 'completed') return { running: false, detail };
      const result = await client.withDeadline(Date.now() + patience, () => handle.result());
      return { running: false, detail, outcome: (result as ReservationResult).outcome };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { running: false, detail: 'unknown' };
      throw error;
    }
  }

  async function closeLost(looked: OpenRow, { detail, outcome: said }: Lost): Promise<Outcome | undefined> {
    return db.transaction(async (trx) => {
      const row = await lockOrphan(trx, looked);
      if (!row) return undefined;
      const outcome = said ?? (await outcomeWithoutWorkflow(trx, row));
      await closeOrphan(trx, row, outcome);
      if (outcome !== 'completed' && outcome !== 'no_show') await revokeAndTell(trx, row.id);
      await releasePlaces(trx, row.id, row.seq);
      await giveBackOrphaned(trx, row.id, outcome);
      if (outcome === 'abandoned') await forgetIfNeverAgreed(trx, row.id);
      if (outcome === 'cancelled' || outcome === 'expired' || outcome === 'rejected') {
        const key = `${row.id}/${outcome}/sweep`;
        await queueMessage(trx, { reservation: row.id, visitor: row.visitor, kind: outcome, key });
      }
      await recordVisitFault(trx, { reservation: row.id, kind: 'lost', detail });
      await endVisitFault(trx, row.id, 'task_failing');
      await record(trx, {
        actor: { kind: 'system' },
        action: 'visit_closed_without_workflow',
        subject: { kind: 'reservation', id: row.id },
        detail: { found: detail, outcome },
      });
      return outcome;
    });
  }

  return startRounds({ every: step.every, round: compareNext, failure: 'rows and workflows are not compared', log });
}

/** What was paid for a visit that did not take place goes back. */
async function giveBackOrphaned(trx: Transaction, reservation: string, outcome: Outcome): Promise<void> {
  if (outcome !== 'completed' && outcome !== 'no_show') await endAccount(trx, reservation, 0);
  const owed = await owedOnceClosed(trx, reservation);
  if (owed !== undefined) await giveBack(trx, reservation, { owed, reason: 'ended' });
}

interface Lost {
  detail: LostDetail;
  /** What the workflow said at its end, where it ended by itself. */
  outcome?: Outcome;
}
type Found = { running: true; failing: boolean } | ({ running: false } & Lost);

const details: Record<string, LostDetail> = {
  COMPLETED: 'completed',
  TERMINATED: 'terminated',
  FAILED: 'failed',
  TIMED_OUT: 'timed_out',
  CANCELLED: 'cancelled',
};

const detailOf = ({ status }: WorkflowExecutionDescription): LostDetail => details[status.name] ?? 'unknown';

const isFailing = ({ raw }: WorkflowExecutionDescription, tries: number): boolean =>
  Number(raw.pendingWorkflowTask?.attempt ?? 0) >= tries;
