import { Connection } from '@temporalio/client';
import { readSettings, temporalSchema } from '../../platform/config.ts';
import { connectionOptions } from '../../platform/temporal.ts';
import { prepareNamespace } from '../setup/namespace.ts';
import { listens } from '../setup/reach.ts';

/**
 * Makes the namespace of an engine of one's own ready.
 *
 * @throws Error naming the setting when it does not answer within ten seconds, or when one is malformed
 */
export async function prepareRealTemporal(env: NodeJS.ProcessEnv, namespace: string): Promise<void> {
  const settings = readSettings(temporalSchema, env);
  const address = settings.TEMPORAL_ADDRESS;
  let connection: Connection;
  try {
    if (!(await listens(address))) throw new Error('nothing listens there');
    connection = await Connection.connect({ ...connectionOptions(settings), connectTimeout: 10_000 });
  } catch {
    throw new Error(
      `TEMPORAL_ADDRESS is ${address}, where no Temporal server answers: correct it, or leave it out to have one started here.`,
    );
  }
  try {
    await prepareNamespace(connection, namespace);
  } finally {
    await connection.close();
  }
}
