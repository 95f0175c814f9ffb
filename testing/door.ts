import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { startDoor } from '../door/start.ts';
import { doorSchema, readSettings } from '../platform/config.ts';
import type { testKeys } from './keys.ts';
import type { TestDatabase } from './postgres.ts';

/** What a test needs to let gates reach the engine. */

/** A door to the engine of the run, on a free port. */
export const aDoor = (
  ground: {
    database: TestDatabase;
    keys: Awaited<ReturnType<typeof testKeys>>;
    engine: { address: string; namespace: string };
    /** Other settings of it. */
    more?: Record<string, string>;
  },
  options?: Parameters<typeof startDoor>[1],
) =>
  startDoor(
    readSettings(doorSchema, {
      XIAOMEN_MODE: 'demo',
      LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent',
      KEYS_DIR: ground.keys.folders.door,
      OPS_PORT: '0',
      DATABASE_URL: ground.database.url,
      DATABASE_POOL: '4',
      TEMPORAL_ADDRESS: ground.engine.address,
      TEMPORAL_NAMESPACE: ground.engine.namespace,
      DOOR_PORT: '0',
      ...ground.more,
    }),
    options,
  );

/** The rows by which a door knows a visit: that a pass of it was signed for a campus. */
export async function aKnownVisit(owner: Knex, campus: string, reservation: string = randomUUID()): Promise<string> {
  const visitor = randomUUID();
  await owner('visitor').insert({ id: visitor });
  await owner('reservation').insert({ id: reservation, visitor_id: visitor, stage: 'registration' });
  await owner('pass').insert({
    id: randomUUID(),
    reservation_id: reservation,
    ordinal: 0,
    version: 1,
    campus_id: campus,
    gates: '1'.repeat(64),
    valid_from: new Date(),
    valid_until: new Date(Date.now() + 3_600_000),
    token_enc: Buffer.of(0),
    gate_code_enc: Buffer.of(0),
    issued_at: new Date(),
  });
  return reservation;
}
