import type { Client } from '@temporalio/client';
import { bundleWorkflows, fingerprintSources } from '../../activities/workflow-bundle.ts';
import { createCodec } from '../../platform/codec.ts';
import { readWebKeys } from '../../platform/keys.ts';
import { createLog } from '../../platform/log.ts';
import { connectClient, installRuntime } from '../../platform/temporal.ts';
import { replayOpen } from '../replay-live/replay.ts';
import { missingMigrations } from '../setup/database.ts';
import type { Check } from './check.ts';
import { connecting } from './engine.ts';
import { takenAway } from './migrations.ts';
import type { SettingsOf } from './settings.ts';
import { versionsOf } from './worker-versions.ts';

const most = 200;
const folder = new URL('../../migrations/', import.meta.url);

/** What stands between the release that runs and these sources: looked at before an update, and nothing is changed. */
export function upgradeChecks(settings: SettingsOf<'application'>): Check[] {
  return [
    {
      name: 'pending migrations',
      needs: ['DATABASE_URL'],
      async look() {
        const pending = await missingMigrations(settings.DATABASE_URL);
        const breaking = pending.flatMap((name) => {
          const taken = takenAway(new URL(name, folder));
          return taken.length > 0 ? [`${name} ${taken.join(', ')}`] : [];
        });
        if (breaking.length > 0)
          throw new Error(
            `${breaking.join('; ')}, which the running release may use: stop its processes before "npm run migrate"`,
          );
        return pending.length === 0
          ? 'none'
          : `${pending.join(', ')}: nothing of them takes away what the running release has`;
      },
    },
    {
      name: 'workers',
      needs: [...connecting, 'TEMPORAL_NAMESPACE'],
      look: () => withClient(settings, async (client) => versionsOf(client, await fingerprintSources())),
    },
    {
      name: 'open histories',
      needs: [...connecting, 'TEMPORAL_NAMESPACE', 'KEYS_DIR'],
      patience: 15 * 60_000,
      look: () => withClient(settings, (client) => replays(settings, client)),
    },
  ];
}

async function withClient<T>(settings: SettingsOf<'application'>, ask: (client: Client) => Promise<T>): Promise<T> {
  const { client, close } = connectClient(settings, createCodec(readWebKeys(settings.KEYS_DIR).codec));
  try {
    return await ask(client);
  } finally {
    await close();
  }
}

/** @throws Error naming the workflows that these sources would not carry on, by their ids */
async function replays(settings: SettingsOf<'application'>, client: Client): Promise<string> {
  const log = createLog('doctor', 'silent');
  installRuntime(log);
  const codec = createCodec(readWebKeys(settings.KEYS_DIR).codec);
  const workflowBundle = await bundleWorkflows(log, settings.WORKFLOW_BUNDLES);
  const { replayed, diverging } = await replayOpen(client, { codec, workflowBundle, most });
  if (diverging.length > 0) throw new Error(`these sources would not carry on ${diverging.join(', ')}`);
  return `${replayed} replayed with these sources, none diverges`;
}
