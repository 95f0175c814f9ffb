import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { keepRequest } from '../store/reservations/request.ts';
import { readSubmission, writeSubmission } from '../store/reservations/submission.ts';
import { deliver, type House } from './reservations.ts';
import { until } from './until.ts';

/** What its visitor asks of a reservation that the real workflow runs. */

/** Called off by its visitor: ends when the workflow has taken it. */
export async function aCancellation(
  house: House & { client: Client },
  { reservation, visitor }: { reservation: string; visitor: string },
): Promise<void> {
  const request = randomUUID();
  const actor = { kind: 'visitor', id: visitor } as const;
  await keepRequest(house.db, { id: request, reservation, kind: 'cancel', actor, payload: {} });
  await deliver(house, request);
}

/** Another time asked for beside what stands: ends when its own task is in the inbox. @returns that task */
export async function aChange(
  house: House & { client: Client },
  { reservation, visitor }: { reservation: string; visitor: string },
  window: { from: Date; until: Date },
): Promise<string> {
  const { db, cipher, index } = house;
  const [request, id] = [randomUUID(), randomUUID()];
  const { submission_id: base } = await db('reservation').where({ id: reservation }).first('submission_id');
  const standing = await readSubmission(db, cipher, base);
  if (!standing) throw new Error('Nothing stands');
  await db.transaction(async (trx) => {
    await writeSubmission(trx, { cipher, index }, { ...standing, ...window, id, kind: 'change', base });
    const actor = { kind: 'visitor', id: visitor } as const;
    await keepRequest(trx, { id: request, reservation, kind: 'change', actor, payload: { submission: id } });
  });
  await deliver(house, request);
  const task = await until(() => db('task').where({ submission_id: id, status: 'open' }).first(), 'the change’s task');
  return task.id as string;
}
