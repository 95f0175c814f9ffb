import { afterAll, beforeAll, expect, test } from 'vitest';
import { activitySlots } from '../platform/connection-shares.ts';
import { untilBlockedBy } from '../testing/blocked.ts';
import { type ProcessUnderTest, startProcess } from '../testing/process.ts';
import { until } from '../testing/until.ts';

/** What one kind of work waits for must not hold up what people look at. */

let process: ProcessUnderTest;
beforeAll(async () => {
  process = await startProcess();
  await process.startWorker();
});
afterAll(() => process?.stop());

const inAnHour = () => new Date(Date.now() + 3_600_000);
const submitted = async () => {
  const { reservation } = await process.submit(await process.aVisitor(), { until: inAnHour() });
  await process.reaches(reservation, 'approval');
  return reservation;
};

test('a hundred passes that cannot be made hold up no projection', async () => {
  const { owner, db, settings } = process;
  const many = 100;
  expect(activitySlots(settings)).toBeLessThan(settings.DATABASE_POOL);
  const late = await submitted();
  const visits: string[] = [];
  while (visits.length < many) visits.push(...(await Promise.all(Array.from({ length: 10 }, submitted))));

  await owner.transaction(async (trx) => {
    await trx.raw('set local idle_in_transaction_session_timeout = 0');
    // Each pass that is made takes the next position of every gate.
    await trx('gate').forUpdate().select('id');
    for (let n = 0; n < many; n += 10) {
      await Promise.all(visits.slice(n, n + 10).map((visit) => process.decide(visit, 'approved')));
    }
    await untilBlockedBy(trx, db, 'passes wait for the gates');

    const began = Date.now();
    await process.decide(late, 'approved');
    await until(async () => (await process.row(late)).stage !== 'approval', 'the decision is in the row');
    expect(Date.now() - began).toBeLessThan(2_000);
  });
  await until(
    async () => (await db('pass').countDistinct({ count: 'reservation_id' }))[0]?.count === many + 1,
    'passes',
  );
});
