import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createActivities } from '../../activities/create.ts';
import { bundleWorkflows } from '../../activities/workflow-bundle.ts';
import { createDataConverter } from '../../platform/codec.ts';
import { createSms } from '../../platform/sms.ts';
import { installRuntime } from '../../platform/temporal.ts';
import { createWechat } from '../../platform/wechat.ts';
import { wechatTokenStore } from '../../store/wechat-token.ts';
import { type ProcessUnderTest, startProcess } from '../../testing/process.ts';
import { until } from '../../testing/until.ts';
import { reservationTaskQueue } from '../messages/reservation.ts';

/** Workflow tasks and activities taken by workers of their own, so that one can be away while the other works. */
let process: ProcessUnderTest;
let connection: NativeConnection;
beforeAll(async () => {
  process = await startProcess();
  installRuntime(process.log);
  connection = await NativeConnection.connect({ address: process.temporal.address });
});
afterAll(async () => {
  await connection?.close();
  await process?.stop();
});

async function withWorker<T>(options: Partial<WorkerOptions>, work: () => Promise<T>): Promise<T> {
  const { db, cipher, settings, keys, codec } = process;
  const worker = await Worker.create({
    ...{ connection, namespace: process.temporal.namespace, taskQueue: reservationTaskQueue },
    activities: createActivities({
      ...{ db, cipher, passKeys: keys.worker.pass, publicUrl: settings.PUBLIC_URL },
      wechat: createWechat(settings, wechatTokenStore(db, cipher, settings.WECHAT_APP_ID)),
      sms: createSms(settings),
    }),
    dataConverter: createDataConverter(codec),
    ...options,
  });
  return worker.runUntil(work);
}

test('a visit cancelled in the very task that learns of its pass is cancelled, and the pass is gone', async () => {
  const workflowBundle = await bundleWorkflows(process.log, inject('bundles'));
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
