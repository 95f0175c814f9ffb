import { usualPolicy } from '../../domain/policy.ts';
import { aPolicy, someStaff } from '../policies.ts';
import { taskWishesOf } from '../task-wishes.ts';
import { until } from '../until.ts';
import { wishesOf } from '../wishes.ts';
import { approve, atRest, enterAndEnd, type Scenario, soon } from './scenario.ts';

/** Approvals that were taken back. */

export const takenBackVisits: Scenario[] = [
  {
    name: 'approval-withdrawn-and-given-again',
    async play(process) {
      const of = await process.submit(await process.aVisitor(), { from: soon(6_000), until: soon(12_000) });
      await approve(process, of.reservation);
      await taskWishesOf(process).withdrawDecision(of, '看错了日期');
      await process.reaches(of.reservation, 'approval');
      await atRest(process, of.reservation);
      await approve(process, of.reservation);
      return enterAndEnd(process, of.reservation);
    },
  },
  {
    name: 'approval-withdrawn-while-a-later-step-waits',
    async play(process) {
      const { owner, content } = process;
      const head = await someStaff(owner, '院长', ['head', content.department]);
      const steps = (['approver', 'head'] as const).map((role) => ({ signers: [{ role }], need: 1 }));
      await aPolicy(owner, { steps, once: true });
      const of = await process.submit(await process.aVisitor(), { from: soon(8_000), until: soon(14_000) });
      const { reservation } = of;
      const waits = (step: number) =>
        until(
          () => process.db('task').where({ reservation_id: reservation, step, status: 'open' }).first(),
          'its turn',
        );
      await process.decide(reservation, 'approved');
      await waits(1);
      await atRest(process, reservation);
      await taskWishesOf(process).withdrawDecision(of, '看错了日期');
      await waits(0);
      await atRest(process, reservation);
      await process.decide(reservation, 'approved');
      await waits(1);
      await atRest(process, reservation);
      await process.decide(reservation, 'approved', '', head);
      await process.reaches(reservation, 'visit');
      await aPolicy(owner, usualPolicy);
      await owner('staff').where({ id: head }).update({ left_at: new Date() });
      await atRest(process, reservation);
      return enterAndEnd(process, reservation);
    },
  },
  {
    name: 'approval-withdrawn-after-a-change-that-ended-and-after-a-narrowing',
    async play(process) {
      const visitor = await process.aVisitor();
      const wishes = wishesOf(process);
      const end = soon(20_000);
      const of = await process.submit(visitor, { from: soon(14_000), until: end });
      const takenBack = async () => {
        await taskWishesOf(process).withdrawDecision(of, '看错了日期');
        await process.reaches(of.reservation, 'approval');
        await atRest(process, of.reservation);
        await approve(process, of.reservation);
      };
      await approve(process, of.reservation);
      await wishes.change(visitor, of, { from: soon(40_000), until: soon(90_000) });
      await atRest(process, of.reservation);
      await wishes.withdrawChange(visitor, of);
      await atRest(process, of.reservation);
      await takenBack();
      await wishes.change(visitor, of, { until: new Date(end.getTime() - 2_000) });
      await atRest(process, of.reservation);
      await takenBack();
      return enterAndEnd(process, of.reservation);
    },
  },
];
