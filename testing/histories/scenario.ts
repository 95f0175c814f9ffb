import type { ProcessUnderTest } from '../process.ts';
import { until } from '../until.ts';

/** A history that is recorded, and the steps that most of them take. */

export const soon = (ms: number) => new Date(Date.now() + ms);

export interface Scenario {
  name: string;
  /** @returns the workflow id */
  play(process: ProcessUnderTest): Promise<string>;
}

/** Until passes, message and gates are through, as in a visit of minutes rather than seconds. */
export async function approve(process: ProcessUnderTest, reservation: string): Promise<void> {
  await process.decide(reservation, 'approved');
  await process.reaches(reservation, 'visit');
  await until(
    () => process.db('message').where({ reservation_id: reservation, status: 'sent' }).first(),
    'the message',
  );
  await atRest(process, reservation);
}

export const atRest = (process: ProcessUnderTest, reservation: string) =>
  until(async () => {
    const { raw } = await process.handle(reservation).describe();
    return raw.pendingActivities?.length === 0 && !raw.pendingWorkflowTask;
  }, 'the workflow to rest');

export async function enterAndEnd(process: ProcessUnderTest, reservation: string): Promise<string> {
  await process.enter(reservation);
  await atRest(process, reservation);
  await process.result(reservation);
  return process.handle(reservation).workflowId;
}
