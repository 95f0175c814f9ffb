import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { bareQueue } from './messages.ts';

export interface BareActivities {
  act(request: { id: string }): Promise<void>;
  tell(step: { id: string; seen: number }): Promise<void>;
}

/** A process of its own: `node worker.ts <address> <namespace>`. Tells its parent how far each workflow is. */
const [address = '', namespace = ''] = process.argv.slice(2);
const activities: BareActivities = {
  act: async () => {},
  tell: async (step) => {
    process.send?.(step);
  },
};
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue: bareQueue,
  workflowsPath: fileURLToPath(new URL('./workflow.ts', import.meta.url)),
  activities,
});
process.on('disconnect', () => process.exit());
process.once('SIGTERM', () => worker.shutdown());
const running = worker.run();
process.send?.({ ready: true });
await running;
await connection.close();
process.disconnect?.();
