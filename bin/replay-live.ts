import { z } from 'zod';
import { bundleWorkflows } from '../activities/workflow-bundle.ts';
import { createCodec } from '../platform/codec.ts';
import { readSettings, temporalSchema } from '../platform/config.ts';
import { readWorkerKeys } from '../platform/keys.ts';
import { createLog } from '../platform/log.ts';
import { connectClient, installRuntime } from '../platform/temporal.ts';
import { replayOpen } from './replay-live/replay.ts';

/**
 * npm run replay:live [-- how many]: replays what is open in the engine with the workflows of these sources, before they are
 * rolled out. Takes TEMPORAL_* and the KEYS_DIR of a worker. Says of each workflow that these sources would not carry on, by its id
 * and never by what it holds, and ends with 1 where there is one.
 */
const schema = z.object({
  ...temporalSchema.shape,
  KEYS_DIR: z.string().min(1),
  WORKFLOW_BUNDLES: z.string().min(1).optional(),
});
const most = Number(process.argv[2] ?? 200);

try {
  const settings = readSettings(schema, process.env);
  const log = createLog('replay', 'silent');
  installRuntime(log);
  const codec = createCodec(readWorkerKeys(settings.KEYS_DIR).codec);
  const { client, close } = connectClient(settings, codec);
  const { replayed, diverging } = await replayOpen(client, {
    codec,
    workflowBundle: await bundleWorkflows(log, settings.WORKFLOW_BUNDLES),
    most,
  });
  await close();
  for (const workflowId of diverging) console.log(`These sources would not carry on ${workflowId}.`);
  console.log(`${replayed} replayed, ${diverging.length} diverging.`);
  process.exit(diverging.length > 0 ? 1 : 0);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
