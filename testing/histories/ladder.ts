import { randomUUID } from 'node:crypto';
import { keepDecision } from '../../store/approval/decision.ts';
import { unreached } from '../../workflows/messages/reservation.ts';
import type { ProcessUnderTest } from '../process.ts';
import { roundTheClock, rungsEvery } from '../rungs.ts';
import { until } from '../until.ts';
import { on } from '../window.ts';
import { atRest, type Scenario, soon } from './scenario.ts';

/** Visits that nobody decided in time, or not those whose it was. */

async function somebody({ owner, content }: ProcessUnderTest, role: 'deputy' | 'head' | 'security'): Promise<string> {
  const id = randomUUID();
  await owner('staff').insert({ id, username: `s${id.slice(0, 8)}`, password_hash: '-', name: role });
  const department_id = role === 'security' ? null : content.department;
  await owner('staff_role').insert({ staff_id: id, role, department_id });
  return id;
}

async function refuseAs(process: ProcessUnderTest, staff: string, reservation: string): Promise<void> {
  const { id: task } = await process.newestTask(reservation);
  const said = { reservation, staff, verdict: 'rejected', reason: '不便接待' } as const;
  await process.ask(
    { reservation, kind: 'decide', payload: { task, verdict: 'rejected' }, actor: { kind: 'staff', id: staff } },
    { keep: (trx, request) => keepDecision(trx, process.cipher, { request, ...said }) },
  );
  await process.result(reservation);
}

const climbs = (process: ProcessUnderTest, reservation: string, rung: number) =>
  until(() => process.db('task').where({ reservation_id: reservation, rung }).first(), `rung ${rung}`);

/** What other scenarios record does not depend on it. */
async function afterwards({ owner }: ProcessUnderTest): Promise<void> {
  await owner('staff_role').whereIn('role', ['deputy', 'head', 'security']).delete();
  await rungsEvery(owner, 14_400, 14_400, 7_200, 7_200);
}

export const climbedVisits: Scenario[] = [
  {
    name: 'ladder-to-the-security-desk',
    async play(process) {
      await roundTheClock(process.owner);
      await rungsEvery(process.owner, 0.5, 0.5, 0.5, 0.5);
      await somebody(process, 'deputy');
      await somebody(process, 'head');
      const guard = await somebody(process, 'security');
      const { reservation } = await process.submit(await process.aVisitor(), on(2));
      await climbs(process, reservation, 4);
      await atRest(process, reservation);
      await refuseAs(process, guard, reservation);
      await afterwards(process);
      return process.handle(reservation).workflowId;
    },
  },
  {
    name: 'ladder-past-who-is-not-reached',
    async play(process) {
      const head = await somebody(process, 'head');
      const { owner, content } = process;
      const contact = { email_enc: Buffer.alloc(1), email_since: new Date() };
      const fault = { email_fault: 'bounced', email_fault_at: new Date() };
      await owner('staff_contact').insert({ staff_id: content.staff, ...contact, ...fault });
      const { reservation } = await process.submit(await process.aVisitor(), on(2));
      const { id: task } = await process.newestTask(reservation);
      await process.handle(reservation).signal(unreached, { task, rung: 0 });
      await climbs(process, reservation, 3);
      await atRest(process, reservation);
      await refuseAs(process, head, reservation);
      await owner('staff_contact').delete();
      await afterwards(process);
      return process.handle(reservation).workflowId;
    },
  },
  {
    name: 'ladder-of-a-visit-that-begins-soon',
    async play(process) {
      await somebody(process, 'head');
      const { reservation } = await process.submit(await process.aVisitor(), { until: soon(8_000) });
      await process.result(reservation);
      await afterwards(process);
      return process.handle(reservation).workflowId;
    },
  },
];
