import type { Client } from '@temporalio/client';
import type { Knex } from 'knex';
import type { Log } from '../platform/log.ts';
import { createRounds, type Rounds } from '../platform/rounds.ts';
import { waitingOf } from '../platform/waiting.ts';
import { gatesToAnnounce, markAnnounced } from '../store/gates/gate.ts';
import { feedGrew, gateStart, gateWorkflowId, gateWorkflowType } from '../workflows/messages/gate.ts';
import { reservationTaskQueue } from '../workflows/messages/reservation.ts';

/** One worker announces at a time. */
const announcing = 4_209_001;
const patience = 5_000;

/** Tells each gate's workflow that its feed has grown, once for all that was written since the last time. */
export function createAnnouncer({
  db,
  client,
  log,
  every = 250,
}: {
  db: Knex;
  client: Client;
  log: Log;
  every?: number;
}): Rounds {
  async function announceAll(): Promise<void> {
    if ((await gatesToAnnounce(db)).length === 0) return;
    await db.transaction(async (trx) => {
      const { rows } = await trx.raw('select pg_try_advisory_xact_lock(?) as mine', [announcing]);
      if (!rows[0].mine) return;
      for (const { gate, position } of await gatesToAnnounce(trx)) {
        // One gate that cannot be told keeps nothing from the others.
        await waitingOf(log).attempt('a gate is not told of its feed', { gate }, () => announce(gate, position));
      }
    });
  }

  /**
   * Marked only after it was said: a crash in between says it again, which changes nothing. And at once, not at the end of
   * the round: a gate's row that stays locked while the next gate is told would hold up every pass of its campus.
   */
  async function announce(gate: string, position: number): Promise<void> {
    await client.withDeadline(Date.now() + patience, () =>
      client.workflow.signalWithStart(gateWorkflowType, {
        workflowId: gateWorkflowId(gate),
        taskQueue: reservationTaskQueue,
        args: [gateStart(gate)],
        signal: feedGrew,
        signalArgs: [{ position }],
        staticSummary: `校门 · gate ${gate}`,
      }),
    );
    await markAnnounced(db, gate, position);
  }

  return createRounds({ every, round: announceAll, failure: 'feeds are not announced', log });
}
