import { afterAll, beforeAll, expect, test } from 'vitest';
import { day } from '../../domain/time.ts';
import { createLog } from '../../platform/log.ts';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { until } from '../../testing/until.ts';
import { createRefusals } from './refusals.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database?.drop());

const log = createLog('test', 'silent');
const told = (why: string): PromiseLike<{ more?: number }[]> =>
  database.owner('audit').whereRaw(`detail ->> 'why' = ?`, [why]).orderBy('id').pluck('detail');
const refusal = (why: string) => ({ action: 'gate_feed_refused' as const, why });

test('the first of a kind is written at once, the others as a number when the process ends', async () => {
  const refusals = createRefusals(database.db, { log });
  for (const _ of [1, 2, 3]) refusals.note(refusal('not_accepted'));
  await until(async () => (await told('not_accepted')).length === 1, 'the first is written');
  await refusals.close();
  expect(await told('not_accepted')).toEqual([{ why: 'not_accepted' }, { why: 'not_accepted', more: 2 }]);
});

test('what cannot be written is counted, and written when it can be', async () => {
  const refusals = createRefusals(database.db, { log, within: day, again: 20 });
  let failed = 0;
  database.db.on('query-error', () => {
    failed += 1;
  });
  await database.owner.raw('revoke insert on audit from xiaomen_app');
  refusals.note(refusal('clock'));
  refusals.note(refusal('clock'));
  await until(() => failed > 0, 'a row cannot be written');
  await database.owner.raw('grant insert on audit to xiaomen_app');
  const total = async () => (await told('clock')).reduce((sum, { more }) => sum + (more ?? 1), 0);
  await until(async () => (await total()) === 2, 'both are told');
  await refusals.close();
  expect(await total()).toBe(2);
});
