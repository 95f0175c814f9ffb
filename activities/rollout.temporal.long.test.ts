import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { engineAtHand } from '../bin/embedded/engine.ts';
import { createDataConverter, tolerantly } from '../platform/codec.ts';
import { type OwnWorkers, ownWorkers } from '../testing/own-worker.ts';
import { type ProcessUnderTest, startProcess } from '../testing/process.ts';
import { until } from '../testing/until.ts';
import { on } from '../testing/window.ts';
import { wishesOf } from '../testing/wishes.ts';
import { startWorker } from './start.ts';
import { fingerprintSources } from './workflow-bundle.ts';

/** A rollout, rehearsed: the old code differs in a step that stands behind a patch. */
let process: ProcessUnderTest;
let workers: OwnWorkers;
beforeAll(async () => {
  process = await startProcess();
  workers = await ownWorkers(process);
});
afterAll(async () => {
  await workers?.close();
  await process?.stop();
});

/** As a release had it that knew nothing of the patch: it took places and passes back in the order in which they came. */
function oldBundle({ code }: { code: string }): { code: string } {
  const old = code.replace(/\(0, ?[\w$.]+\.patched\)\(['"]passes first['"]\)/, 'false');
  expect(old).not.toBe(code);
  return { code: old };
}

const approved = async () => {
  const visitor = await process.aVisitor();
  const { reservation } = await process.submit(visitor, { ...on(2), waitMs: 30_000 });
  await process.decide(reservation, 'approved');
  await process.reaches(reservation, 'visit');
  return { visitor, reservation };
};

test('visits that old code began are finished by new code, also while both kinds of worker run', async () => {
  const { workflowBundle, withWorker } = workers;
  const old = oldBundle(workflowBundle);
  const dataConverter = createDataConverter(tolerantly(process.codec));
  /** Of each kind a process may hold one: told apart by the release they are of. */
  const release = (buildId: string, bundle: { code: string }) => ({
    workflowBundle: bundle,
    dataConverter,
    workerDeploymentOptions: {
      version: { deploymentName: 'rehearsed', buildId },
      useWorkerVersioning: false as const,
    },
  });
  const [oldCode, newCode] = [release('old', old), release('new', workflowBundle)];
  const wishes = wishesOf(process);
  const begun = await withWorker(oldCode, async () => {
    const visits = [];
    for (let n = 0; n < 10; n += 1) visits.push(await approved());
    const [first] = visits;
    if (first) await wishes.cancel(first.visitor, first);
    return visits.slice(1);
  });

  const cancelAndEnd = async ({ visitor, reservation }: Awaited<ReturnType<typeof approved>>) => {
    expect((await wishes.cancel(visitor, { reservation })).answer).toMatchObject({ ok: true });
    expect(await process.result(reservation)).toMatchObject({ outcome: 'cancelled' });
    expect(await process.db('pass').where({ reservation_id: reservation, revoked_at: null })).toEqual([]);
    expect(await process.db('quota_hold').where({ reservation_id: reservation })).toEqual([]);
  };

  await withWorker(oldCode, () =>
    withWorker(newCode, async () => {
      for (const visit of begun.slice(0, 4)) await cancelAndEnd(visit);
      begun.push(await approved(), await approved());
    }),
  );
  await withWorker(newCode, async () => {
    for (const visit of begun.slice(4)) await cancelAndEnd(visit);
    const open = await process.db('reservation').whereNot({ stage: 'closed' }).pluck('id');
    await until(async () => (await process.db('request').where({ status: 'pending' })).length === 0, 'every answer');
    expect(open).toEqual([]);
  });
});

test('two versions of a deployment take over from one another with visits in flight, and no request is lost', async () => {
  const { workflowBundle, withWorker } = workers;
  const deploymentName = 'xiaomen';
  const wishes = wishesOf(process);
  const { address, namespace } = process.temporal;
  /** The command of the handbook. */
  const deployment = (...words: string[]) =>
    promisify(execFile)(engineAtHand() ?? '', [
      'worker',
      'deployment',
      ...words,
      '--address',
      address,
      '--namespace',
      namespace,
    ]);
  const makeCurrent = (buildId: string) =>
    until(
      () =>
        deployment('set-current-version', '--deployment-name', deploymentName, '--build-id', buildId, '--yes')
          .then(() => true)
          .catch(() => false),
      `${buildId} to be current`,
    );
  const versionOf = async (reservation: string) => {
    const { raw } = await process.handle(reservation).describe();
    return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId;
  };
  const oldCode = {
    workflowBundle: oldBundle(workflowBundle),
    dataConverter: createDataConverter(tolerantly(process.codec)),
    workerDeploymentOptions: {
      version: { deploymentName, buildId: 'old' },
      useWorkerVersioning: true as const,
      defaultVersioningBehavior: 'AUTO_UPGRADE' as const,
    },
  };
  const buildId = await fingerprintSources();

  let fresh: { stop(): Promise<void> } | undefined;
  const visits: Awaited<ReturnType<typeof approved>>[] = [];
  try {
    await withWorker(oldCode, async () => {
      await makeCurrent('old');
      for (let n = 0; n < 4; n += 1) visits.push(await approved());
      fresh = await startWorker({ ...process.settings, WORKER_DEPLOYMENT: deploymentName });
      // Both run; the new one takes nothing yet.
      visits.push(await approved());
      for (const { reservation } of visits) expect(await versionOf(reservation)).toBe('old');
      // People go on asking while the new one becomes current.
      const asked = visits.map(({ visitor, reservation }) => wishes.cancel(visitor, { reservation }));
      await makeCurrent(buildId);
      const begun = await approved();
      visits.push(begun);
      expect(await versionOf(begun.reservation)).toBe(buildId);
      await Promise.all(asked);
    });
    const last = visits.at(-1);
    if (last) await wishes.cancel(last.visitor, last);
    for (const { reservation } of visits) {
      expect(await process.result(reservation)).toMatchObject({ outcome: 'cancelled' });
      expect(await process.db('pass').where({ reservation_id: reservation, revoked_at: null })).toEqual([]);
    }
    await until(async () => (await process.db('request').where({ status: 'pending' })).length === 0, 'every answer');
    expect(await process.db('request').where({ status: 'refused' })).toEqual([]);
    expect((await deployment('describe', '--name', deploymentName)).stdout).toContain(buildId);
  } finally {
    await fresh?.stop();
  }
});
