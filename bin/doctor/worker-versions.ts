import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { reservationTaskQueue } from '../../workflows/messages/reservation.ts';

/** Versions of workers that the engine knows, and what each still has to do. */

const { WorkerDeploymentVersionStatus: Status, TaskQueueType } = proto.temporal.api.enums.v1;

/**
 * In words: which versions there are, how many open workflows each has, and who takes tasks now.
 * @param own the build id of these sources
 */
export async function versionsOf(client: Client, own: string): Promise<string> {
  const { workflowService: service } = client.connection;
  const namespace = client.options.namespace;
  const { workerDeployments } = await service.listWorkerDeployments({ namespace });
  const known: string[] = [];
  for (const { name } of workerDeployments) {
    const deploymentName = name ?? '';
    const { workerDeploymentInfo } = await service.describeWorkerDeployment({ namespace, deploymentName });
    for (const { deploymentVersion, status } of workerDeploymentInfo?.versionSummaries ?? []) {
      const buildId = deploymentVersion?.buildId ?? '';
      const state = (Status[status ?? 0] ?? '').replace('WORKER_DEPLOYMENT_VERSION_STATUS_', '').toLowerCase();
      known.push(`${deploymentName}:${buildId} ${state}, ${await openAt(client, `${deploymentName}:${buildId}`)} open`);
    }
  }
  const { count } = await client.workflow.count(`ExecutionStatus = 'Running'`);
  const parts = [
    known.length > 0 ? known.join('; ') : `no version is known to the engine, ${count} open`,
    `tasks are taken by ${(await takers(client)).join(', ') || 'nobody'}`,
    `these sources are ${own}`,
  ];
  return parts.join('; ');
}

async function openAt(client: Client, version: string): Promise<number> {
  const query = `ExecutionStatus = 'Running' AND TemporalWorkerDeploymentVersion = '${version}'`;
  return (await client.workflow.count(query)).count;
}

async function takers(client: Client): Promise<string[]> {
  const { pollers } = await client.connection.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: reservationTaskQueue },
    taskQueueType: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  });
  const names = pollers.map(({ deploymentOptions }) =>
    deploymentOptions?.buildId
      ? `${deploymentOptions.deploymentName}:${deploymentOptions.buildId}`
      : 'workers without a version',
  );
  return [...new Set(names)];
}
