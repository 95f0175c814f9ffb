import { type PolicyStep, usualPolicy } from '../../domain/policy.ts';
import { aPolicy, someStaff } from '../policies.ts';
import { taskWishesOf } from '../task-wishes.ts';
import { until } from '../until.ts';
import { atRest, enterAndEnd, type Scenario, soon } from './scenario.ts';

/** Visits that somebody with a later task sends back to an earlier step. */

const step = (role: 'approver' | 'head' | 'security'): PolicyStep => ({ signers: [{ role }], need: 1 });

export const sentBackVisits: Scenario[] = [
  {
    name: 'sent-back-to-a-step-between-and-to-the-first',
    async play(process) {
      const { owner, db, content } = process;
      const head = await someStaff(owner, '院长', ['head', content.department], ['approver', content.department]);
      const guard = await someStaff(owner, '保卫', ['security', null]);
      await aPolicy(owner, { steps: [step('approver'), step('head'), step('security')], once: true });
      const { reservation } = await process.submit(await process.aVisitor(), {
        from: soon(12_000),
        until: soon(18_000),
      });
      const signs = async (at: number, by: string) => {
        const open = { reservation_id: reservation, step: at, status: 'open' };
        await until(() => db('task').where(open).first(), 'its turn');
        await atRest(process, reservation);
        await process.decide(reservation, 'approved', '', by);
      };
      const returns = async (to: number) => {
        const open = { reservation_id: reservation, step: 2, status: 'open' };
        await until(() => db('task').where(open).first(), 'the desk');
        await atRest(process, reservation);
        await taskWishesOf(process).returnToStep({ reservation }, to, guard);
      };
      await signs(0, head);
      await returns(1);
      await signs(1, head);
      await returns(0);
      await signs(0, content.staff);
      await signs(1, head);
      await signs(2, guard);
      await process.reaches(reservation, 'visit');
      await aPolicy(owner, usualPolicy);
      await owner('staff').whereIn('id', [head, guard]).update({ left_at: new Date() });
      await atRest(process, reservation);
      return enterAndEnd(process, reservation);
    },
  },
];
