import { left, reservationTaskQueue } from '../../workflows/messages/reservation.ts';
import { retentionWorkflowType } from '../../workflows/messages/retention.ts';
import { until } from '../until.ts';
import { wishesOf } from '../wishes.ts';
import { approve, atRest, enterAndEnd, type Scenario, soon } from './scenario.ts';

/** When a run gives way to the next one, while histories are recorded: no other scenario says so much. */
export const renewAfter = { updates: 20, signals: 6 };

/** A visit that outlives its run, and what is deleted every night. */
export const runScenarios: Scenario[] = [
  {
    name: 'next-run',
    async play(process) {
      const visitor = await process.aVisitor();
      const of = await process.submit(visitor, { from: soon(-1_000), until: soon(10_000) });
      await approve(process, of.reservation);
      await wishesOf(process).change(visitor, of, { from: soon(40_000), until: soon(90_000) });
      const handle = process.handle(of.reservation);
      const { runId } = await handle.describe();
      for (let n = 0; n < renewAfter.signals; n += 1) {
        await handle.signal(left, process.anEvent(of.reservation, { direction: 'out' }));
      }
      await until(async () => (await handle.describe()).runId !== runId, 'the next run');
      await handle.signal(left, process.anEvent(of.reservation, { direction: 'out' }));
      await atRest(process, of.reservation);
      return enterAndEnd(process, of.reservation);
    },
  },
  purgeOf('retention'),
  purgeOf('retention-of-money-too'),
];

function purgeOf(name: string): Scenario {
  return {
    name,
    async play(process) {
      const workflowId = 'retention/recorded';
      await process.client.workflow.execute(retentionWorkflowType, {
        workflowId,
        taskQueue: reservationTaskQueue,
        args: [{}],
      });
      return workflowId;
    },
  };
}
