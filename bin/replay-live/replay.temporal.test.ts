import { execFile } from 'node:child_process';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createDataConverter, tolerantly } from '../../platform/codec.ts';
import { ownWorkers } from '../../testing/own-worker.ts';
import { type ProcessUnderTest, startProcess } from '../../testing/process.ts';
import { until } from '../../testing/until.ts';
import { on } from '../../testing/window.ts';
import { reservationWorkflowId } from '../../workflows/messages/reservation.ts';
import { replayOpen } from './replay.ts';

let process: ProcessUnderTest;
beforeAll(async () => {
  process = await startProcess();
  await process.startWorker();
});
afterAll(() => process?.stop());

test('what is open is replayed from the engine, and what new code would not carry on is named', async () => {
  const { workflowBundle, activities, withWorker, close } = await ownWorkers(process);
  const { client, codec } = process;
  const visitor = await process.aVisitor();
  const undecided = await process.submit(visitor, on(2));
  const standing = await process.submit(await process.aVisitor(), on(2));
  await process.decide(standing.reservation, 'approved');
  await process.reaches(standing.reservation, 'visit');
  await until(async () => {
    const { count } = await client.workflow.count(`ExecutionStatus = 'Running'`);
    return count === 4;
  }, 'two visits and two gates to be listed');
  expect(await replayOpen(client, { codec, workflowBundle, most: 30 })).toEqual({ replayed: 4, diverging: [] });

  // Code whose passes are issued by another activity, without a patch: a visit that has none yet does not care.
  const code = workflowBundle.code.replaceAll('.issuePasses(', '.makePasses(');
  expect(code).not.toBe(workflowBundle.code);
  const diverged = await replayOpen(client, { codec, workflowBundle: { code }, most: 30 });
  expect(diverged).toEqual({ replayed: 4, diverging: [reservationWorkflowId(standing.reservation)] });
  expect(undecided.reservation).not.toBe(standing.reservation);
  expect(await command()).toEqual({ code: 0, said: '4 replayed, 0 diverging.\n' });

  // The engine holds a visit that such code began: the command, with these sources, says which one.
  await process.stopWorker();
  const other = { workflowBundle: { code }, activities: { ...activities, makePasses: activities.issuePasses } };
  const begun = await withWorker({ ...other, dataConverter: createDataConverter(tolerantly(codec)) }, async () => {
    const visit = await process.submit(await process.aVisitor(), { ...on(2), waitMs: 30_000 });
    await process.decide(visit.reservation, 'approved');
    await process.reaches(visit.reservation, 'visit');
    return visit;
  });
  await until(async () => {
    const { count } = await client.workflow.count(`ExecutionStatus = 'Running'`);
    return count === 5;
  }, 'the third visit to be listed');
  const sentence = `These sources would not carry on ${reservationWorkflowId(begun.reservation)}.`;
  expect(await command()).toEqual({ code: 1, said: `${sentence}\n5 replayed, 1 diverging.\n` });
  await close();
});

/** As an operator calls it, before a rollout. */
function command(): Promise<{ code: number; said: string }> {
  const { settings, temporal, keys } = process;
  const env = {
    ...globalThis.process.env,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: settings.TEMPORAL_NAMESPACE,
    KEYS_DIR: keys.folders.worker,
    WORKFLOW_BUNDLES: inject('bundles'),
  };
  return new Promise((done) =>
    execFile(globalThis.process.execPath, ['bin/replay-live.ts', '30'], { env }, (error, stdout, stderr) =>
      done({ code: Number(error?.code ?? 0), said: stdout + stderr }),
    ),
  );
}
