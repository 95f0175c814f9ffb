import { afterAll, beforeAll, expect, test } from 'vitest';
import { activitySlots } from '../platform/connection-shares.ts';
import { untilBlockedBy } from '../testing/blocked.ts';
import { type ProcessUnderTest, startProcess } from '../testing/process.ts';
import { until } from '../testing/until.ts';

/** What one kind of work waits for must not hold up what people look at. */

let process: ProcessUnderTest;
beforeAll(async () => {
  process = await startProcess();
  // Whoever waits for a lock waits for as long as the test lasts: none is spared by another that gives up.
  Object.assign(process.settings, { DATABASE_LOCK_MS: 80_000, DATABASE_STATEMENT_MS: 90_000 });
  await process.startWorker();
});
afterAll(() => process?.stop());

const inAnHour = () => new Date(Date.now() + 3_600_000);
const submitted = async () => {
  const { reservation } = await process.submit(await process.aVisitor(), { until: inAnHour() });
  await process.reaches(reservation, 'approval');
  return reservation;
};

test('passes that cannot be made hold up no projection, however many', async () => {
  const { owner, db, settings } = process;
  const many = 40;
  expect(activitySlots(settings)).toBeLessThan(settings.DATABASE_POOL);
  expect(many).toBeGreaterThan(settings.DATABASE_POOL);
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

    await process.decide(late, 'approved');
    await until(async () => (await process.row(late)).stage !== 'approval', 'the decision is in the row');
  });
  await until(
    async () => (await db('pass').countDistinct({ count: 'reservation_id' }))[0]?.count === many + 1,
    'passes',
  );
});
