import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { inject } from 'vitest';
import { createActivities } from '../activities/create.ts';
import { bundleWorkflows } from '../activities/workflow-bundle.ts';
import { createOrders } from '../delivery/orders.ts';
import { createDataConverter } from '../platform/codec.ts';
import { createGateCodes } from '../platform/gate-codes.ts';
import { createMail } from '../platform/mail.ts';
import { createMessengers } from '../platform/messengers.ts';
import { createSms } from '../platform/sms.ts';
import { installRuntime } from '../platform/temporal.ts';
import { createWechat } from '../platform/wechat.ts';
import { createWechatPay } from '../platform/wechat-pay.ts';
import { accessTokenStore } from '../store/messages/access-token.ts';
import { reservationTaskQueue } from '../workflows/messages/reservation.ts';
import type { ProcessUnderTest } from './process.ts';

export type OwnWorkers = Awaited<ReturnType<typeof ownWorkers>>;

/** Workers that a test makes itself: that take workflow tasks or activities only, or activities that answer otherwise. */
export async function ownWorkers(process: ProcessUnderTest) {
  const { db, cipher, settings, keys, codec } = process;
  installRuntime(process.log);
  const connection = await NativeConnection.connect({ address: process.temporal.address });
  const workflowBundle = await bundleWorkflows(process.log, inject('bundles'));
  const activities = createActivities({
    db,
    projections: db,
    cipher,
    passKeys: keys.worker.pass,
    gateCodes: createGateCodes(keys.worker.codec),
    publicUrl: settings.PUBLIC_URL,
    wechat: createWechat(settings, accessTokenStore(db, cipher, settings.WECHAT_APP_ID)),
    sms: createSms(settings),
    messengers: createMessengers(settings, (app) => accessTokenStore(db, cipher, app)),
    mail: createMail(settings),
    orders: createOrders({ db, pay: createWechatPay(settings), client: process.client }),
  });
  return {
    workflowBundle,
    activities,
    /** A worker for as long as the work takes. */
    async withWorker<T>(options: Partial<WorkerOptions>, work: () => Promise<T>): Promise<T> {
      const worker = await Worker.create({
        connection,
        namespace: process.temporal.namespace,
        taskQueue: reservationTaskQueue,

        activities,
        dataConverter: createDataConverter(codec),
        ...options,
      });
      return worker.runUntil(work);
    },
    close: () => connection.close(),
  };
}
