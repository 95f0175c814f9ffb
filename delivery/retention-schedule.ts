import { setTimeout as wait } from 'node:timers/promises';
import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Log } from '../platform/log.ts';
import { waitingOf } from '../platform/waiting.ts';
import { reservationTaskQueue } from '../workflows/messages/reservation.ts';
import { retentionScheduleId, retentionWorkflowType } from '../workflows/messages/retention.ts';

/** The engine's own schedule of the purge: daily at 03:30 in Shanghai, one run at a time, a missed one made up for. */
export async function createRetentionSchedule(client: Client): Promise<void> {
  try {
    await client.schedule.create({
      scheduleId: retentionScheduleId,
      spec: { calendars: [{ hour: 3, minute: 30, comment: 'daily' }], timezone: 'Asia/Shanghai' },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' },
      action: {
        type: 'startWorkflow',
        workflowType: retentionWorkflowType,
        workflowId: 'retention/daily',
        taskQueue: reservationTaskQueue,
        args: [{}],
      },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}

const again = 60_000;
const patience = 10_000;
const unscheduled = 'the daily deletion is not scheduled yet';

/** Sees to it that the schedule exists; tried until the engine answers. Any number of workers may. */
export function keepRetentionSchedule({ client, log }: { client: Client; log: Log }): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const waiting = waitingOf(log);

  async function keep(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await client.withDeadline(Date.now() + patience, () => createRetentionSchedule(client));
        return waiting.worked(unscheduled);
      } catch (err) {
        waiting.failed(unscheduled, err);
        await wait(again, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
  }

  const keeping = keep();
  return {
    async stop() {
      stopping.abort();
      await keeping;
    },
  };
}
