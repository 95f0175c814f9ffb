import { randomBytes } from 'node:crypto';
import { Connection } from '@temporalio/client';
import { inject } from 'vitest';
import { prepareNamespace } from '../bin/setup/namespace.ts';

/** A namespace of the caller's own on the run's real engine, with our search attributes. */
export async function testTemporal(): Promise<{ address: string; namespace: string }> {
  const { address } = inject('temporal');
  const namespace = `t-${randomBytes(6).toString('hex')}`;
  const connection = await Connection.connect({ address });
  try {
    await prepareNamespace(connection, namespace);
  } finally {
    await connection.close();
  }
  return { address, namespace };
}
