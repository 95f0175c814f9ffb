import { setTimeout as wait } from 'node:timers/promises';
import type { PayloadCodec } from '@temporalio/common';
import { type NativeConnection, Worker, type WorkerDeploymentOptions } from '@temporalio/worker';
import { createDataConverter, tolerantly } from '../platform/codec.ts';
import type { WorkerSettings } from '../platform/config.ts';
import { activitySlots } from '../platform/connection-shares.ts';
import type { Log } from '../platform/log.ts';
import { stopTimes } from '../platform/stop-times.ts';
import { connectWorker, installRuntime } from '../platform/temporal.ts';
import type { CoreActivities } from '../workflows/messages/activities.ts';
import { reservationTaskQueue } from '../workflows/messages/reservation.ts';
import { activitySpans } from './activity-spans.ts';
import { bundleWorkflows, fingerprintSources } from './workflow-bundle.ts';

/** Takes tasks from the engine for as long as the process lives; a worker that fails is replaced. */
export interface Polling {
  /** Resolves when tasks are taken for the first time. */
  ready: Promise<void>;
  /** The name by which the engine knows the worker. @throws Error while there is none. */
  running(): string;
  /** Takes no more tasks, lets those under way finish, then lets go of the connection. */
  stop(): Promise<void>;
}

interface PollingDeps {
  settings: WorkerSettings;
  activities: CoreActivities;
  codec: PayloadCodec;
  log: Log;
}

export function startPolling(deps: PollingDeps): Polling {
  const { settings, log } = deps;
  const stopping = new AbortController();
  const ready = Promise.withResolvers<void>();
  let worker: Worker | undefined;

  async function poll(): Promise<void> {
    installRuntime(log, settings);
    const bundle = await bundleWorkflows(log, settings.WORKFLOW_BUNDLES);
    const deployment = await deploymentOf(settings);
    while (!stopping.signal.aborted) {
      const connection = await connectWorker(settings, { log, signal: stopping.signal });
      try {
        worker = await createWorker(deps, connection, { ...bundle, deployment });
        const running = worker.run();
        // A stop that came while the worker was being made could not reach it.
        if (stopping.signal.aborted) worker.shutdown();
        ready.resolve();
        await running;
      } catch (error) {
        log.error({ err: error }, 'the worker failed and is replaced');
        await wait(1_000, undefined, { signal: stopping.signal }).catch(() => {});
      } finally {
        worker = undefined;
        await connection.close().catch(() => {});
      }
    }
  }

  const polling = poll().catch((error: unknown) => {
    if (!stopping.signal.aborted) ready.reject(error);
  });
  return {
    ready: ready.promise,
    running() {
      const { identity } = worker?.getState() === 'RUNNING' ? worker.options : {};
      if (!identity) throw new Error('No tasks are taken');
      return identity;
    },
    async stop() {
      stopping.abort();
      if (worker?.getState() === 'RUNNING') worker.shutdown();
      await polling;
    },
  };
}

/**
 * With a name, the engine gives each task to workers of the version that an operator made current, and visits in flight
 * go over to it at their next task: they live longer than a release.
 */
async function deploymentOf({ WORKER_DEPLOYMENT }: WorkerSettings): Promise<WorkerDeploymentOptions | undefined> {
  if (!WORKER_DEPLOYMENT) return undefined;
  return {
    version: { deploymentName: WORKER_DEPLOYMENT, buildId: await fingerprintSources() },
    useWorkerVersioning: true,
    defaultVersioningBehavior: 'AUTO_UPGRADE',
  };
}

function createWorker(
  { settings, activities, codec }: PollingDeps,
  connection: NativeConnection,
  { code, deployment }: { code: string; deployment: WorkerDeploymentOptions | undefined },
): Promise<Worker> {
  return Worker.create({
    connection,
    namespace: settings.TEMPORAL_NAMESPACE,
    taskQueue: reservationTaskQueue,
    workflowBundle: { code },
    ...(deployment && { workerDeploymentOptions: deployment }),
    activities,
    interceptors: activitySpans(),
    dataConverter: createDataConverter(tolerantly(codec)),
    // An activity that has a slot finds a connection; projections, which are local activities, have their own.
    maxConcurrentActivityTaskExecutions: activitySlots(settings),
    maxConcurrentLocalActivityExecutions: settings.DATABASE_PROJECTION_POOL,
    // Autoscaled pollers cut the slowest update-with-start to a third under load.
    workflowTaskPollerBehavior: { type: 'autoscaling' },
    activityTaskPollerBehavior: { type: 'autoscaling' },
    shutdownGraceTime: stopTimes.activities.worker.cancelledAfter,
    shutdownForceTime: stopTimes.activities.worker.leftAfter,
  });
}
