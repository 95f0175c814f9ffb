import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDataConverter, tolerantly } from '../platform/codec.ts';
import { type OwnWorkers, ownWorkers } from '../testing/own-worker.ts';
import { type ProcessUnderTest, startProcess } from '../testing/process.ts';
import { until } from '../testing/until.ts';
import { on } from '../testing/window.ts';
import { wishesOf } from '../testing/wishes.ts';

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
