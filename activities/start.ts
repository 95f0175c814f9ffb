import { createAnnouncer } from '../delivery/announcer.ts';
import { createDelivery } from '../delivery/deliver.ts';
import { createOrders } from '../delivery/orders.ts';
import { followPayments } from '../delivery/payments.ts';
import { startReconciliation } from '../delivery/reconciliation.ts';
import { keepRetentionSchedule } from '../delivery/retention-schedule.ts';
import { createWebhookRounds } from '../delivery/webhooks.ts';
import { createCodec } from '../platform/codec.ts';
import type { WorkerSettings } from '../platform/config.ts';
import { createFieldCipher } from '../platform/crypto.ts';
import { openDatabase, openDatabaseById, probeDatabase } from '../platform/db.ts';
import { durationsOf } from '../platform/durations.ts';
import { endTogether } from '../platform/ending.ts';
import { createEngineProbe } from '../platform/engine-probe.ts';
import { createGateCodes } from '../platform/gate-codes.ts';
import { readWorkerKeys } from '../platform/keys.ts';
import { followKeys, type HeldKeys } from '../platform/live-keys.ts';
import { createLog } from '../platform/log.ts';
import { createMail } from '../platform/mail.ts';
import { createMessengers } from '../platform/messengers.ts';
import { startOps } from '../platform/ops.ts';
import { createPollProbe } from '../platform/poll-probe.ts';
import { watchPools } from '../platform/process-figures.ts';
import { createSms } from '../platform/sms.ts';
import { stopTimes } from '../platform/stop-times.ts';
import { connectClient } from '../platform/temporal.ts';
import { createWechat } from '../platform/wechat.ts';
import { createWechatPay } from '../platform/wechat-pay.ts';
import { followFit } from '../store/keys/key-fit.ts';
import { sayKeys } from '../store/keys/key-holder.ts';
import { tellPublicKeys } from '../store/keys/public-keys.ts';
import { accessTokenStore } from '../store/messages/access-token.ts';
import type { SweepStep } from '../store/reservations/orphan.ts';
import { reservationTaskQueue } from '../workflows/messages/reservation.ts';
import { startSealing } from './audit-sealing.ts';
import { createActivities } from './create.ts';
import { showFigures } from './figures.ts';
import { answerForgotten } from './forgotten-passwords.ts';
import { followLateReceipts } from './late-receipts.ts';
import { type Polling, startPolling } from './polling.ts';
import { sendQueued } from './queued-messages.ts';
import { startSettling } from './settle-restore.ts';
import { mailStaffLinks } from './staff-link-mails.ts';
import { tellStaff } from './staff-messages.ts';
import { startSweep } from './sweep.ts';
import { startTidying } from './tidying.ts';
import { followUnreached } from './unreached.ts';

/**
 * The worker: decides reservations, does what they cause, sends kept requests again and announces the gates' feeds.
 * Resolves when it takes tasks; waits for the database and the engine as long as they are not there,
 * and says so to operators meanwhile.
 * @throws KeysDoNotFit
 */
export async function startWorker(
  settings: WorkerSettings,
  pace: { sweep?: SweepStep; unreached?: number; settle?: number } = {},
): Promise<{ stop(): Promise<void> }> {
  const log = createLog('worker', settings.LOG_LEVEL);
  const keys = readWorkerKeys(settings.KEYS_DIR);
  const codec = createCodec(keys.codec);
  const cipher = createFieldCipher(keys.field);
  const db = openDatabase(settings);
  const fit = await followFit(db, keys, log).catch((error) => db.destroy().then(() => Promise.reject(error)));
  const { client, close } = connectClient(settings, codec);
  const engine = createEngineProbe(client);
  const polls = createPollProbe(client, { queue: reservationTaskQueue, takes: 'workflows' });
  let polling: Polling | undefined;
  const ops = await startOps({
    host: settings.OPS_HOST,
    port: settings.OPS_PORT,
    log,
    checks: {
      database: { required: true, probe: () => probeDatabase(db) },
      keys: { required: true, probe: fit.probe },
      temporal: { required: true, probe: engine.probe },
      // As the engine saw it: a worker whose polls hang runs all the same.
      polling: { required: true, probe: async () => polls.probe(nameOf(polling)) },
    },
  });
  await fit.settled.catch(async (error) => {
    const begun = { operations: ops.close, engine: close, database: () => db.destroy() };
    await endTogether(begun, { patience: stopTimes.worker.parts, log });
    throw error;
  });
  const projections = openDatabaseById({ ...settings, DATABASE_POOL: settings.DATABASE_PROJECTION_POOL });
  const durations = durationsOf(settings);

  const pay = createWechatPay(settings);
  const orders = createOrders({ db, pay, client });
  const deps = {
    db,
    projections,
    cipher,
    passKeys: keys.pass,
    gateCodes: createGateCodes(keys.codec),
    wechat: createWechat(settings, accessTokenStore(db, cipher, settings.WECHAT_APP_ID)),
    orders,
    sms: createSms(settings),
    mail: createMail(settings),
    messengers: createMessengers(settings, (app) => accessTokenStore(db, cipher, app)),
    publicUrl: settings.PUBLIC_URL,
  };
  const activities = createActivities(deps);
  const { relay } = createDelivery({ db, client, durations, log });
  const announcer = createAnnouncer({ db, client, log });
  const webhooks = createWebhookRounds({ db, cipher, networks: settings.WEBHOOK_NETWORKS }, { log });

  watchPools({ work: db, projections });
  const figures = showFigures({ db }, { log });
  polling = startPolling({ settings, activities, codec, log });
  await polling.ready;
  relay.start();
  announcer.start();
  webhooks.start();
  const receipts = followLateReceipts({ db, client }, activities.notify, { log });
  const queued = sendQueued({ db }, activities.notify, { log });
  const staff = tellStaff(deps, { log });
  const links = mailStaffLinks(deps, { log });
  const forgotten = answerForgotten(deps, { demo: settings.XIAOMEN_MODE === 'demo', log });
  const unreached = followUnreached({ db, client }, { log, ...(pace.unreached && { every: pace.unreached }) });
  const payments = followPayments({ db, pay, orders }, { log });
  const reconciliation = pay && startReconciliation({ db, pay }, { log });
  const tidying = startTidying({ db }, { log });
  const sweep = startSweep({ db, client }, { log, ...(pace.sweep && { step: pace.sweep }) });
  const settling = startSettling({ db, projections, client }, { log, ...(pace.settle && { pace: pace.settle }) });
  const sealing = startSealing({ db }, { log });
  const retention = keepRetentionSchedule({ client, log });
  const holding = sayKeys(db, 'worker', log);
  const tell = tellPublicKeys(db, { pass: keys.pass }, log);
  const told = (held: HeldKeys) => {
    holding.told(held);
    tell();
  };
  const following = followKeys(keys, { folder: settings.KEYS_DIR, read: readWorkerKeys, told, log });
  log.info('the worker takes tasks');

  return {
    async stop() {
      following.stop();
      const work = {
        relay,
        announcer,
        webhooks,
        receipts,
        queued,
        staff,
        links,
        forgotten,
        unreached,
        payments,
        ...(reconciliation && { reconciliation }),
        tidying,
        sweep,
        settling,
        sealing,
        retention,
        polling,
      };
      const ends = Object.entries(work).map(([part, { stop }]) => [part, stop] as const);
      await endTogether(Object.fromEntries(ends), { patience: stopTimes.worker.work, log });
      const leanedOn = {
        operations: ops.close,
        engine: close,
        database: () =>
          Promise.all([figures.stop(), holding.stop()]).then(() => Promise.all([db.destroy(), projections.destroy()])),
      };
      await endTogether(leanedOn, { patience: stopTimes.worker.parts, log });
    },
  };
}

/** @throws Error while no tasks are taken */
function nameOf(polling: Polling | undefined): string {
  if (!polling) throw new Error('No tasks are taken yet');
  return polling.running();
}
