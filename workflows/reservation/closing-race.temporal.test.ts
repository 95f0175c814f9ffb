import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OwnWorkers, ownWorkers } from '../../testing/own-worker.ts';
import { type ProcessUnderTest, startProcess } from '../../testing/process.ts';
import { until } from '../../testing/until.ts';

/** Workflow tasks and activities taken by workers of their own, so that one can be away while the other works. */
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

test('a visit cancelled in the very workflow task that learns of its pass is cancelled, and the pass is revoked', async () => {
  const { workflowBundle, withWorker } = workers;
  const visitor = await process.aVisitor();
  const { reservation } = await withWorker({ workflowBundle }, () =>
    process.submit(visitor, { until: new Date(Date.now() + 3_600_000) }),
  );
  await withWorker({ workflowBundle, enableNonLocalActivities: false }, () => process.decide(reservation, 'approved'));
  await withWorker({}, () =>
    until(() => process.db('pass').where({ reservation_id: reservation }).first(), 'the pass, unknown to the workflow'),
  );

  const actor = { kind: 'visitor', id: visitor.id } as const;
  const cancelled = process.ask({ reservation, kind: 'cancel', payload: {}, actor }, { waitMs: 30_000 });
  const { answer } = await withWorker({ workflowBundle }, async () => {
    const result = await process.result(reservation);
    expect(result).toMatchObject({ outcome: 'cancelled' });
    return cancelled;
  });
  expect(answer).toMatchObject({ ok: true, stage: 'closed' });
  expect(await process.row(reservation)).toMatchObject({ stage: 'closed', outcome: 'cancelled' });
  expect(await process.db('pass').where({ reservation_id: reservation, revoked_at: null })).toEqual([]);
});
