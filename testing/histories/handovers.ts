import { randomUUID } from 'node:crypto';
import { hour } from '../../domain/time.ts';
import { keepDecision } from '../../store/approval/decision.ts';
import type { ProcessUnderTest } from '../process.ts';
import { taskWishesOf } from '../task-wishes.ts';
import { atRest, enterAndEnd, type Scenario, soon } from './scenario.ts';

/** Visits that somebody else decides than who was asked first. */

export async function aColleague({ owner }: ProcessUnderTest, name: string): Promise<string> {
  const id = randomUUID();
  await owner('staff').insert({ id, username: `s${id.slice(0, 8)}`, password_hash: '-', name });
  return id;
}

/** Signs the task that waits, by whatever right. */
export async function signAs(process: ProcessUnderTest, reservation: string, staff: string): Promise<void> {
  const { id: task } = await process.newestTask(reservation);
  await process.ask(
    { reservation, kind: 'decide', payload: { task, verdict: 'approved' }, actor: { kind: 'staff', id: staff } },
    {
      keep: (trx, request) =>
        keepDecision(trx, process.cipher, { request, reservation, staff, verdict: 'approved', reason: '' }),
    },
  );
}

export const handedOver: Scenario[] = [
  {
    name: 'passed-on-and-decided-by-a-delegate',
    async play(process) {
      const [first, colleague, delegate] = [
        await aColleague(process, '不归我'),
        await aColleague(process, '接手'),
        await aColleague(process, '代办'),
      ];
      const { reservation } = await process.submit(await process.aVisitor(), { until: soon(8_000) });
      await taskWishesOf(process).passOn({ reservation }, [first]);
      await atRest(process, reservation);
      await taskWishesOf(process).passOn({ reservation }, [colleague], { kind: 'decline', staff: first });
      await atRest(process, reservation);
      await process.owner('delegation').insert({
        staff_id: colleague,
        delegate_id: delegate,
        from_at: soon(-hour),
        until_at: soon(hour),
      });
      await signAs(process, reservation, delegate);
      await process.reaches(reservation, 'visit');
      await atRest(process, reservation);
      return enterAndEnd(process, reservation);
    },
  },
];
