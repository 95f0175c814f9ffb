import type { Knex } from 'knex';
import { policies } from '../../bin/seed/policies.ts';
import { type PolicyStep, usualPolicy } from '../../domain/policy.ts';
import { aPolicy, someStaff } from '../policies.ts';
import type { ProcessUnderTest } from '../process.ts';
import { until } from '../until.ts';
import { atRest, enterAndEnd, type Scenario, soon } from './scenario.ts';

/**
 * The shapes of approval that the demo has: one signature, one after another, some of a step and then the security desk, a
 * step that the deputy may sign at the end of its time; and the host's.
 */

/** Without conditions, so that a visit of a single person goes through all of them. */
const unconditional = (key: string): PolicyStep[] => (policies[key]?.steps ?? []).map(({ when: _, ...step }) => step);

/** Steps that have a time of their own have so many milliseconds; a policy counts in minutes. */
const shortenSteps = (owner: Knex, within: number) =>
  owner.raw(`
    create function shorten_steps() returns trigger language plpgsql as $$ begin
      select jsonb_agg(case when one \\? 'within' then one || '{"within": ${within}}' else one end order by n)
        into new.steps from jsonb_array_elements(new.steps) with ordinality step (one, n);
      return new;
    end $$;
    create trigger shorten_steps before insert on compiled_policy for each row execute function shorten_steps();`);

type Signer = 'approver' | 'head' | 'deputy' | 'security' | 'host';

/** Nobody else of the department is called that. */
const host = '接待人';

/** Signs in this order, each as soon as their task is open. */
async function signedBy(process: ProcessUnderTest, steps: PolicyStep[], signers: Signer[]): Promise<string> {
  const { department, staff } = process.content;
  const people = {
    approver: staff,
    head: await someStaff(process.owner, '院长', ['head', department]),
    deputy: await someStaff(process.owner, '副院长', ['deputy', department]),
    security: await someStaff(process.owner, '保卫', ['security', null]),
    host: await someStaff(process.owner, host, ['reception', department]),
  };
  await aPolicy(process.owner, { steps, once: true });
  const visitor = await process.aVisitor();
  const { reservation } = await process.submit(visitor, {
    until: soon(12_000),
    ...(signers.includes('host') && { host }),
  });
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
    .whereIn('id', [people.head, people.deputy, people.security, people.host])
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
    name: 'signed-by-the-host',
    play: (process) => signedBy(process, [{ signers: [{ host: true }], need: 1 }], ['host']),
  },
  {
    name: 'signed-by-the-deputy-once-the-time-of-the-head-is-over',
    async play(process) {
      await shortenSteps(process.owner, 1_500);
      const workflowId = await signedBy(process, unconditional('chemistry'), ['approver', 'deputy']);
      await process.owner.raw('drop function shorten_steps cascade');
      return workflowId;
    },
  },
  {
    name: 'signed-by-two-of-three-then-security',
    play: (process) => signedBy(process, unconditional('economics'), ['deputy', 'approver', 'security']),
  },
];
