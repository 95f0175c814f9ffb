import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { freePort } from '../bin/embedded/ports.ts';
import { createCodec } from './codec.ts';
import { connectClient } from './temporal.ts';

test('a call that is being tried again when the client closes ends nothing but itself', async () => {
  const settings = {
    TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}`,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_TLS: false,
  };
  const { client, close } = connectClient(settings, createCodec({ current: 'c1', keys: { c1: Buffer.alloc(32) } }));
  const thrown: unknown[] = [];
  const note = (error: unknown) => void thrown.push(error);
  process.on('uncaughtException', note);
  client.connection.workflowService.getSystemInfo({}).catch(() => {});
  await wait(50);
  await close();
  // The SDK's first pauses are below a second: what would have thrown has done so by then.
  await wait(1_500);
  process.off('uncaughtException', note);
  expect(thrown).toEqual([]);
});
