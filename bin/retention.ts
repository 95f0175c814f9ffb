import { z } from 'zod';
import { createCodec } from '../platform/codec.ts';
import { readSettings, temporalSchema } from '../platform/config.ts';
import { readWorkerKeys } from '../platform/keys.ts';
import { connectClient } from '../platform/temporal.ts';
import { reservationTaskQueue } from '../workflows/messages/reservation.ts';
import { type RetentionResult, retentionByHandId, retentionWorkflowType } from '../workflows/messages/retention.ts';

/**
 * npm run retention: deletes now what is past its time, as the schedule does every night, and says how much. It is done by
 * a running worker, whose KEYS_DIR and TEMPORAL_* it takes; a run that is under way is waited for.
 */
const schema = z.object({ ...temporalSchema.shape, KEYS_DIR: z.string().min(1) });

try {
  const settings = readSettings(schema, process.env);
  const { client, close } = connectClient(settings, createCodec(readWorkerKeys(settings.KEYS_DIR).codec));
  const handle = await client.workflow.start(retentionWorkflowType, {
    workflowId: retentionByHandId,
    taskQueue: reservationTaskQueue,
    args: [{}],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowExecutionTimeout: '1 day',
  });
  const { counts, failed } = (await handle.result()) as RetentionResult;
  for (const [one, count] of Object.entries(counts)) console.log(`${one}: ${count}`);
  console.log(failed.length > 0 ? `Not deleted: ${failed.join(', ')}.` : 'Nothing is past its time.');
  await close();
  process.exit(failed.length > 0 ? 1 : 0);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
