import { policies } from '../../bin/seed/policies.ts';
import { type PolicyStep, usualPolicy } from '../../domain/policy.ts';
import { aPolicy, someStaff } from '../policies.ts';
import type { ProcessUnderTest } from '../process.ts';
import { until } from '../until.ts';
import { atRest, enterAndEnd, type Scenario, soon } from './scenario.ts';

/** The shapes of approval that the demo has: one signature, one after another, some of a step and then the security desk. */

/** Without conditions, so that a visit of a single person goes through all of them. */
const unconditional = (key: string): PolicyStep[] => (policies[key]?.steps ?? []).map(({ when: _, ...step }) => step);

type Signer = 'approver' | 'head' | 'deputy' | 'security';

/** Signs in this order, each as soon as their task is open. */
async function signedBy(process: ProcessUnderTest, steps: PolicyStep[], signers: Signer[]): Promise<string> {
  const { department, staff } = process.content;
  const people = {
    approver: staff,
    head: await someStaff(process.owner, '院长', ['head', department]),
    deputy: await someStaff(process.owner, '副院长', ['deputy', department]),
    security: await someStaff(process.owner, '保卫', ['security', null]),
  };
  await aPolicy(process.owner, { steps, once: true });
  const visitor = await process.aVisitor();
  const { reservation } = await process.submit(visitor, { until: soon(12_000) });
  for (const signer of signers) {
    const by = people[signer];
    const mayAct = () =>
      process
        .db('task as t')
        .join('task_actor as a', 'a.task_id', 't.id')
        .where({ 't.reservation_id': reservation, 't.status': 'open', 'a.staff_id': by })
        .first('t.id');
    await until(mayAct, `the task of ${signer}`);
    await process.decide(reservation, 'approved', '', by);
  }
  await process.reaches(reservation, 'visit');
  await aPolicy(process.owner, usualPolicy);
  await process
    .owner('staff')
    .whereIn('id', [people.head, people.deputy, people.security])
    .update({ left_at: new Date() });
  await until(
    () => process.db('message').where({ reservation_id: reservation, status: 'sent' }).first(),
    'the message',
  );
  await atRest(process, reservation);
  return enterAndEnd(process, reservation);
}

export const signedVisits: Scenario[] = [
  {
    name: 'signed-once',
    play: (process) => signedBy(process, usualPolicy.steps, ['approver']),
  },
  {
    name: 'signed-one-after-another',
    play: (process) => signedBy(process, unconditional('chemistry'), ['approver', 'head']),
  },
  {
    name: 'signed-by-two-of-three-then-security',
    play: (process) => signedBy(process, unconditional('economics'), ['deputy', 'approver', 'security']),
  },
];
