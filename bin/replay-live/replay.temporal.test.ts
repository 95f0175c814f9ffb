import { afterAll, beforeAll, expect, test } from 'vitest';
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
  const { workflowBundle, close } = await ownWorkers(process);
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
  await close();
});
