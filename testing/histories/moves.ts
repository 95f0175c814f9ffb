import { type PolicyStep, usualPolicy } from '../../domain/policy.ts';
import { aPolicy, newestVersion, someStaff } from '../policies.ts';
import { taskWishesOf } from '../task-wishes.ts';
import { until } from '../until.ts';
import { aColleague } from './handovers.ts';
import { atRest, enterAndEnd, type Scenario, soon } from './scenario.ts';

/** Visits that an admin moves to another version of their policy while they wait. */

const step = (role: 'approver' | 'head' | 'security'): PolicyStep => ({ signers: [{ role }], need: 1 });

export const movedVisits: Scenario[] = [
  {
    name: 'moved-to-another-version-and-back',
    async play(process) {
      const { owner, db, content } = process;
      const admin = await someStaff(owner, '管理员', ['admin', null]);
      const head = await someStaff(owner, '院长', ['head', content.department]);
      const signs = async (by: string) => {
        const mine = db('task as t').join('task_actor as a', 'a.task_id', 't.id');
        const open = { 't.reservation_id': reservation, 't.status': 'open', 'a.staff_id': by };
        await until(() => mine.clone().where(open).first('t.id'), 'the task');
        await process.decide(reservation, 'approved', '', by);
        await atRest(process, reservation);
      };
      const moves = async (version: string) => {
        await taskWishesOf(process).movePolicy({ reservation }, admin, version);
        await atRest(process, reservation);
      };
      await aPolicy(owner, { steps: [step('approver'), step('head')], once: true });
      const former = await newestVersion(owner);
      const { reservation } = await process.submit(await process.aVisitor(), { until: soon(12_000) });
      await signs(content.staff);
      await aPolicy(owner, { steps: [step('security'), step('approver')], once: true });
      await moves(await newestVersion(owner));
      await moves(former);
      await signs(head);
      await process.reaches(reservation, 'visit');
      const sent = { reservation_id: reservation, status: 'sent' };
      await until(() => db('message').where(sent).first(), 'the message');
      await atRest(process, reservation);
      await aPolicy(owner, usualPolicy);
      await owner('staff').whereIn('id', [admin, head]).update({ left_at: new Date() });
      return enterAndEnd(process, reservation);
    },
  },
  {
    name: 'moved-with-signers-who-were-added',
    async play(process) {
      const { owner, db, content } = process;
      const admin = await someStaff(owner, '管理员', ['admin', null]);
      const [first, last] = [await aColleague(process, '先签'), await aColleague(process, '后签')];
      const head = await someStaff(owner, '院长', ['head', content.department]);
      const wishes = taskWishesOf(process);
      const signs = async (by: string, task?: string) => {
        const open = { 't.status': 'open', 'a.staff_id': by, ...(task && { 't.id': task }) };
        const mine = () => db('task as t').join('task_actor as a', 'a.task_id', 't.id').where(open).first('t.id');
        await until(mine, 'the task');
        await process.decide(reservation, 'approved', '', by);
        await atRest(process, reservation);
      };
      await aPolicy(owner, { steps: [step('approver'), step('security')], once: true });
      const of = await process.submit(await process.aVisitor(), { until: soon(12_000) });
      const { reservation } = of;
      const { signer } = await wishes.addSigner(of, 'before', first);
      await signs(first, signer);
      const { signer: after } = await wishes.addSigner(of, 'after', last);
      await atRest(process, reservation);
      // The step that they stand beside comes second, and then there is none any more.
      for (const steps of [[step('head'), step('approver')], [step('head')]]) {
        await aPolicy(owner, { steps, once: true });
        await wishes.movePolicy({ reservation }, admin, await newestVersion(owner));
        await atRest(process, reservation);
      }
      await signs(head);
      await signs(last, after);
      await process.reaches(reservation, 'visit');
      const sent = { reservation_id: reservation, status: 'sent' };
      await until(() => db('message').where(sent).first(), 'the message');
      await atRest(process, reservation);
      await aPolicy(owner, usualPolicy);
      await owner('staff').whereIn('id', [admin, head, first, last]).update({ left_at: new Date() });
      return enterAndEnd(process, reservation);
    },
  },
];
