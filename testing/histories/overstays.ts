import type { OverstayTimes } from '../../domain/overstay.ts';
import type { ProcessUnderTest } from '../process.ts';
import { until } from '../until.ts';
import { wishesOf } from '../wishes.ts';
import type { Scenario } from './scenario.ts';

/** Visits whose people were not seen leaving by their end, where exits are recorded. */

const hour = 3_600_000;
const asksOnce: OverstayTimes = { ask: 0, again: hour, security: 2 * hour, close: 3 * hour };

async function stayedOn(process: ProcessUnderTest, overstay: OverstayTimes) {
  await process.owner('campus').update({ exits_recorded: true });
  const visitor = await process.aVisitor();
  const end = new Date(Date.now() + 8_000);
  const { reservation } = await process.submit(visitor, { until: end, durations: { overstay } });
  await process.decide(reservation, 'approved');
  await process.reaches(reservation, 'visit');
  await process.enter(reservation, process.anEvent(reservation, { at: end.getTime() - 1_000 }));
  await until(() => process.db('reservation').where({ id: reservation, overstay: 1 }).first(), 'they are asked');
  return { visitor, reservation };
}

/** What other scenarios record does not depend on it. */
async function over(process: ProcessUnderTest, reservation: string): Promise<string> {
  await process.result(reservation);
  await process.owner('campus').update({ exits_recorded: false });
  return process.handle(reservation).workflowId;
}

async function untilNobodyWaits(process: ProcessUnderTest): Promise<string> {
  const { reservation } = await stayedOn(process, { ask: 0, again: 500, security: 1_000, close: 1_500 });
  return over(process, reservation);
}

export const stayedVisits: Scenario[] = [
  { name: 'stayed-on-until-nobody-waits', play: untilNobodyWaits },
  // The rungs that follow a late one are as late.
  { name: 'stayed-on-asked-late', play: untilNobodyWaits },
  {
    name: 'stayed-on-extended-and-said-to-have-left',
    async play(process) {
      const { visitor, reservation } = await stayedOn(process, asksOnce);
      const end = new Date(Date.now() + 8_000);
      await wishesOf(process).change(visitor, { reservation }, { until: end });
      await process.decide(reservation, 'approved');
      await until(
        () => process.db('reservation').where({ id: reservation, visit_until: end, overstay: 0 }).first(),
        'the later end',
      );
      await until(() => process.db('reservation').where({ id: reservation, overstay: 1 }).first(), 'they are asked');
      const actor = { kind: 'visitor', id: visitor.id } as const;
      await process.ask({ reservation, kind: 'say_left', payload: {}, actor });
      return over(process, reservation);
    },
  },
];
