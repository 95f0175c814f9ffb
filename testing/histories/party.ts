import { awaited, wishesOf } from '../wishes.ts';
import { approve, atRest, enterAndEnd, type Scenario, soon } from './scenario.ts';

/** Visits of more people than one. */

export const partyVisits: Scenario[] = [
  {
    name: 'companions-person-by-person',
    async play(process) {
      const visitor = await process.aVisitor();
      const wishes = wishesOf(process);
      const [one, two] = [await wishes.aCompanion(visitor, 1), await wishes.aCompanion(visitor, 2)];
      const people = [visitor.profile, two];
      const of = await process.submit(visitor, { until: soon(9_000), people, awaited: [awaited(one)] });
      await approve(process, of.reservation);
      await wishes.personReady(visitor, of, one);
      await atRest(process, of.reservation);
      await wishes.bindPhone(visitor, of);
      await wishes.removePerson(visitor, of, 2);
      await atRest(process, of.reservation);
      return enterAndEnd(process, of.reservation);
    },
  },
  {
    name: 'companion-revoked-then-visit-revoked',
    async play(process) {
      const visitor = await process.aVisitor();
      const wishes = wishesOf(process);
      const people = [visitor.profile, await wishes.aCompanion(visitor, 1)];
      const of = await process.submit(visitor, { until: soon(60_000), people });
      await approve(process, of.reservation);
      await wishes.revoke(of, '', 1);
      await atRest(process, of.reservation);
      await process.enter(of.reservation);
      await atRest(process, of.reservation);
      await wishes.revoke(of, '扰乱秩序');
      await process.result(of.reservation);
      return process.handle(of.reservation).workflowId;
    },
  },
];
