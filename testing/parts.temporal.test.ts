import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { missingSearchAttributes, prepareNamespace } from '../bin/setup/namespace.ts';
import { testTemporal } from './temporal.ts';

let engine: { address: string; namespace: string };
let connection: Connection;
beforeAll(async () => {
  engine = await testTemporal();
  connection = await Connection.connect({ address: engine.address });
});
afterAll(() => connection?.close());

it('a namespace keeps closed visits for 90 days', async () => {
  const { config } = await connection.workflowService.describeNamespace({ namespace: engine.namespace });
  expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(90 * 24 * 3600);
});

it('a namespace knows the search attributes, and preparing it again changes nothing', async () => {
  expect(await missingSearchAttributes(connection, engine.namespace)).toEqual([]);
  await prepareNamespace(connection, engine.namespace);
  expect(await missingSearchAttributes(connection, engine.namespace)).toEqual([]);
});

it('the namespace that comes with the engine is prepared too', async () => {
  expect(await missingSearchAttributes(connection, 'default')).toEqual([]);
});
