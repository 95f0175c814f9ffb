import { Connection } from '@temporalio/client';
import type { TemporalSettings } from '../../platform/config.ts';
import { connectionOptions } from '../../platform/temporal.ts';
import { missingSearchAttributes } from '../setup/namespace.ts';
import { listens } from '../setup/reach.ts';
import type { Check } from './check.ts';
import type { SettingsOf } from './settings.ts';

export const connecting = [
  'TEMPORAL_ADDRESS',
  'TEMPORAL_TLS',
  'TEMPORAL_TLS_CERT',
  'TEMPORAL_TLS_KEY',
  'TEMPORAL_TLS_CA',
  'TEMPORAL_API_KEY',
];

export function engineChecks(settings: TemporalSettings & Pick<SettingsOf<'application'>, 'TEMPORAL_UI_URL'>): Check[] {
  const ask = async <T>(question: (connection: Connection) => Promise<T>): Promise<T> => {
    let connection: Connection;
    try {
      if (!(await listens(settings.TEMPORAL_ADDRESS, 8_000))) throw new Error('nothing listens there');
      connection = await Connection.connect({ ...connectionOptions(settings), connectTimeout: 8_000 });
    } catch {
      throw new Error(`nothing answers at ${settings.TEMPORAL_ADDRESS}`);
    }
    try {
      return await question(connection);
    } finally {
      await connection.close();
    }
  };
  const namespace = settings.TEMPORAL_NAMESPACE;
  return [
    {
      name: 'Temporal',
      needs: connecting,
      look: () =>
        ask(async (connection) => `server ${(await connection.workflowService.getSystemInfo({})).serverVersion}`),
    },
    {
      name: 'namespace',
      needs: [...connecting, 'TEMPORAL_NAMESPACE'],
      look: () =>
        ask(async (connection) => {
          const found = await connection.workflowService.describeNamespace({ namespace }).catch(() => undefined);
          if (!found) throw new Error(`${namespace} does not exist: run "npm run migrate"`);
          const missing = await missingSearchAttributes(connection, namespace);
          if (missing.length > 0) throw new Error(`${namespace} lacks ${missing.join(', ')}: run "npm run migrate"`);
          const days = Number(found.config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 86_400;
          return `${namespace}, search attributes complete, keeps closed visits ${days} days`;
        }),
    },
    {
      name: 'Temporal Web UI',
      needs: ['TEMPORAL_UI_URL'],
      async look() {
        if (!settings.TEMPORAL_UI_URL) return 'TEMPORAL_UI_URL is not set: admins do not see histories';
        const answer = await fetch(settings.TEMPORAL_UI_URL, { signal: AbortSignal.timeout(8_000) }).catch(
          () => undefined,
        );
        if (!answer?.ok) throw new Error('it does not answer at TEMPORAL_UI_URL');
        return 'answers';
      },
    },
  ];
}
