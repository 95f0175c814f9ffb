import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ProcessUnderTest, startProcess } from '../testing/process.ts';
import { until } from '../testing/until.ts';
import { on } from '../testing/window.ts';
import { startWorker } from './start.ts';
import { fingerprintSources } from './workflow-bundle.ts';

const deploymentName = 'xiaomen';
let process: ProcessUnderTest;
let worker: { stop(): Promise<void> } | undefined;
beforeAll(async () => {
  process = await startProcess();
  worker = await startWorker({ ...process.settings, WORKER_DEPLOYMENT: deploymentName });
});
afterAll(async () => {
  await worker?.stop();
  await process?.stop();
});

test('a named worker takes visits once its version is current, and those are marked to go over to the next one', async () => {
  const { client, temporal } = process;
  const { namespace } = temporal;
  const visitor = await process.aVisitor();
  const { reservation, answer } = await process.submit(visitor, { ...on(2), waitMs: 1_000 });
  expect(answer).toBeUndefined();

  const buildId = await fingerprintSources();
  await until(
    () =>
      client.workflowService.setWorkerDeploymentCurrentVersion({
        namespace,
        deploymentName,
        buildId,
        ignoreMissingTaskQueues: true,
      }),
    'the version to be current',
  );
  await process.reaches(reservation, 'approval');
  const { raw } = await process.handle(reservation).describe();
  const { behavior, deploymentVersion } = raw.workflowExecutionInfo?.versioningInfo ?? {};
  expect(behavior).toBe(2); // VERSIONING_BEHAVIOR_AUTO_UPGRADE
  expect(deploymentVersion).toMatchObject({ deploymentName, buildId });
});
