import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedDemo } from '../../bin/seed.ts';
import type { Projection } from '../../domain/projection.ts';
import { createBlindIndex, createFieldCipher } from '../../platform/crypto.ts';
import { testKeys } from '../../testing/keys.ts';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { aWaitingTask, somebody } from '../../testing/reservations.ts';
import { presenceOf } from './attendance.ts';
import { project, recordLateEvent } from './projection.ts';

let database: TestDatabase;
let reservation: string;
let policy: Projection['policy'];
beforeAll(async () => {
  const keys = await testKeys(['south', 'east']);
  database = await freshDatabase();
  await seedDemo(database.owner, keys.folders);
  const house = {
    db: database.db,
    cipher: createFieldCipher(keys.web.field),
    index: createBlindIndex(keys.web.index),
  };
  ({ reservation } = await aWaitingTask(house, { who: somebody }));
  const row = await database.db('reservation').where({ id: reservation }).first();
  policy = {
    submission: row.submission_id,
    channel: 'official',
    campus: row.campus_id,
    department: row.department_id,
    exitsRecorded: true,
    from: row.visit_from.getTime(),
    until: row.visit_until.getTime(),
    decideBy: row.visit_until.getTime(),
    persons: 3,
    ordinals: [0, 1, 2],
    awaited: [],
    nudges: { most: 3, every: 1 },
    signatures: [],
  };
});
afterAll(() => database?.drop());

const event = (ordinal: number, direction: 'in' | 'out', at: number) => ({
  event: randomUUID(),
  reservation,
  ordinal,
  gate: 'south',
  direction,
  method: 'qr' as const,
  at,
});
const says = (change: Partial<Projection>) => {
  if (!policy) throw new Error('No policy');
  const nothing = { round: 1, nudges: 0, tasks: [], timeline: [], events: [], at: Date.now() };
  return project(database.db, { reservation, seq: 5, stage: 'visit', policy, ...nothing, ...change });
};
const presence = async () => Object.fromEntries(await presenceOf(database.db, reservation));

test('who of a party is in, left, came or did not is known of each, and late tidings mend it', async () => {
  const now = Date.now();
  expect(await presence()).toEqual({});
  await says({ events: [event(0, 'in', now - 900), event(1, 'in', now - 800), event(1, 'out', now - 700)] });
  expect(await presence()).toEqual({ 0: 'in', 1: 'out' });

  await says({
    seq: 6,
    stage: 'closed',
    outcome: 'completed',
    attendance: { came: [0, 1], exitUnseen: [0] },
  });
  expect(await presence()).toEqual({ 0: 'exit_unseen', 1: 'came', 2: 'no_show' });
  await database.owner('gate_event').delete();
  expect(await presence(), 'entries at gates are deleted earlier').toEqual({
    0: 'exit_unseen',
    1: 'came',
    2: 'no_show',
  });

  await recordLateEvent(database.db, event(0, 'out', now - 600));
  await recordLateEvent(database.db, event(2, 'in', now - 650));
  expect(await presence()).toEqual({ 0: 'came', 1: 'came', 2: 'came' });
});
