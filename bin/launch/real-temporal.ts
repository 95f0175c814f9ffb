import { Connection } from '@temporalio/client';
import { prepareNamespace } from '../setup/namespace.ts';
import { listens } from '../setup/reach.ts';

/**
 * Makes the namespace of an engine of one's own ready.
 *
 * @throws Error naming the setting when it does not answer within ten seconds
 */
export async function prepareRealTemporal(env: NodeJS.ProcessEnv, namespace: string): Promise<void> {
  const address = env.TEMPORAL_ADDRESS ?? '';
  let connection: Connection;
  try {
    if (!(await listens(address))) throw new Error('nothing listens there');
    connection = await Connection.connect({
      address,
      connectTimeout: 10_000,
      ...(env.TEMPORAL_TLS === 'true' ? { tls: true } : {}),
      ...(env.TEMPORAL_API_KEY ? { apiKey: env.TEMPORAL_API_KEY } : {}),
    });
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
