import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCodec } from '../platform/codec.ts';
import { createLog } from '../platform/log.ts';
import { connectClient, type TemporalClient } from '../platform/temporal.ts';
import { aCampus } from '../testing/campus.ts';
import { testKeys } from '../testing/keys.ts';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { testTemporal } from '../testing/temporal.ts';
import { until } from '../testing/until.ts';
import { gateWorkflowId } from '../workflows/messages/gate.ts';
import { createAnnouncer } from './announcer.ts';

let database: TestDatabase;
let temporal: TemporalClient;
beforeAll(async () => {
  const [fresh, engine, keys] = await Promise.all([freshDatabase(), testTemporal(), testKeys([])]);
  database = fresh;
  const settings = { TEMPORAL_ADDRESS: engine.address, TEMPORAL_NAMESPACE: engine.namespace, TEMPORAL_TLS: false };
  temporal = connectClient(settings, createCodec(keys.worker.codec));
  const key = { identityKey: Buffer.alloc(32), sealingKey: Buffer.alloc(32) };
  await aCampus(database.owner, { first: key, second: key });
});
afterAll(async () => {
  await temporal?.close();
  await database?.drop();
});

test('a gate that was told is marked and free while the next one is told slowly', async () => {
  const { db, owner } = database;
  const slowly = Promise.withResolvers<void>();
  let calls = 0;
  // The engine takes its time over the second gate.
  const client = {
    workflow: temporal.client.workflow,
    async withDeadline<T>(deadline: number, call: () => Promise<T>): Promise<T> {
      calls += 1;
      if (calls > 1) await slowly.promise;
      return temporal.client.withDeadline(deadline, call);
    },
  } as unknown as Client;
  await owner('gate').update({ feed_position: 1 });
  const announcer = createAnnouncer({ db, client, log: createLog('test', 'silent'), every: 20 });
  announcer.start();
  await until(() => calls > 1, 'the second gate is being told');
  const free = await owner('gate').where({ id: 'first' }).forUpdate().noWait().first('announced_position');
  slowly.resolve();
  expect(free).toEqual({ announced_position: 1 });
  await until(async () => (await db('gate').where({ announced_position: 1 })).length === 2, 'both are marked');
  await announcer.stop();
  for (const gate of ['first', 'second']) {
    const told = await temporal.client.workflow.getHandle(gateWorkflowId(gate)).describe();
    expect(told.status.name).toBe('RUNNING');
  }
});
