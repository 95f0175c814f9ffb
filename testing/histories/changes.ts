import { wishesOf } from '../wishes.ts';
import { approve, atRest, enterAndEnd, type Scenario, soon } from './scenario.ts';

/** Visits that were changed, sent back or moved to another time. */

export const changedVisits: Scenario[] = [
  {
    name: 'change-beside-approval',
    async play(process) {
      const visitor = await process.aVisitor();
      const wishes = wishesOf(process);
      const of = await process.submit(visitor, { from: soon(30_000), until: soon(60_000) });
      await approve(process, of.reservation);
      await wishes.change(visitor, of, { from: soon(40_000), until: soon(90_000) });
      await atRest(process, of.reservation);
      await process.decide(of.reservation, 'rejected', '不便接待');
      await atRest(process, of.reservation);
      await wishes.change(visitor, of, { from: soon(-1_000), until: soon(6_000) });
      await process.decide(of.reservation, 'approved');
      await atRest(process, of.reservation);
      return enterAndEnd(process, of.reservation);
    },
  },
  {
    name: 'change-before-the-decision-and-narrowing',
    async play(process) {
      const visitor = await process.aVisitor();
      const wishes = wishesOf(process);
      const of = await process.submit(visitor, { from: soon(30_000), until: soon(60_000) });
      await wishes.nudge(visitor, of);
      const end = soon(9_000);
      await wishes.change(visitor, of, { from: soon(-1_000), until: end });
      await approve(process, of.reservation);
      await wishes.change(visitor, of, { until: new Date(end.getTime() - 2_000) });
      await atRest(process, of.reservation);
      return enterAndEnd(process, of.reservation);
    },
  },
  {
    name: 'returned-and-submitted-again',
    async play(process) {
      const visitor = await process.aVisitor();
      const wishes = wishesOf(process);
      const of = await process.submit(visitor, { until: soon(60_000) });
      await wishes.sendBack(of, '请补充事由');
      await atRest(process, of.reservation);
      await wishes.submitAgain(visitor, of, { until: soon(6_000) });
      await approve(process, of.reservation);
      return enterAndEnd(process, of.reservation);
    },
  },
  {
    name: 'change-withdrawn',
    async play(process) {
      const visitor = await process.aVisitor();
      const wishes = wishesOf(process);
      const of = await process.submit(visitor, { from: soon(-1_000), until: soon(8_000) });
      await approve(process, of.reservation);
      await wishes.change(visitor, of, { from: soon(40_000), until: soon(90_000) });
      await atRest(process, of.reservation);
      await wishes.withdrawChange(visitor, of);
      await atRest(process, of.reservation);
      return enterAndEnd(process, of.reservation);
    },
  },
  {
    name: 'proposal-refused',
    async play(process) {
      const visitor = await process.aVisitor();
      const wishes = wishesOf(process);
      const of = await process.submit(visitor, { until: soon(9_000) });
      const { request } = await wishes.propose(of, { from: soon(30_000), until: soon(60_000) });
      await atRest(process, of.reservation);
      await wishes.refuseProposal(visitor, of, request);
      await atRest(process, of.reservation);
      await approve(process, of.reservation);
      return enterAndEnd(process, of.reservation);
    },
  },
  {
    name: 'proposal-accepted',
    async play(process) {
      const visitor = await process.aVisitor();
      const wishes = wishesOf(process);
      const of = await process.submit(visitor, { from: soon(30_000), until: soon(60_000) });
      const window = { from: soon(-1_000), until: soon(7_000) };
      const { request } = await wishes.propose(of, window);
      await atRest(process, of.reservation);
      await wishes.acceptProposal(visitor, of, request, window);
      await process.reaches(of.reservation, 'visit');
      await atRest(process, of.reservation);
      return enterAndEnd(process, of.reservation);
    },
  },
];
