import { createServer } from 'node:http';
import { createDelivery } from '../delivery/deliver.ts';
import { createOrders } from '../delivery/orders.ts';
import { createCodec, createReader } from '../platform/codec.ts';
import type { WebSettings } from '../platform/config.ts';
import { byIdConnections } from '../platform/connection-shares.ts';
import { createBlindIndex, createFieldCipher, type FieldCipher } from '../platform/crypto.ts';
import { type Database, openDatabase, openDatabaseById, probeDatabase } from '../platform/db.ts';
import { durationsOf } from '../platform/durations.ts';
import { endTogether } from '../platform/ending.ts';
import { createEngineProbe } from '../platform/engine-probe.ts';
import { hostInAddress } from '../platform/host-in-address.ts';
import { readWebKeys, type WebKeys } from '../platform/keys.ts';
import { drain, listen } from '../platform/listening.ts';
import { followKeys, type HeldKeys } from '../platform/live-keys.ts';
import { createLog, type Log } from '../platform/log.ts';
import { createMessengers } from '../platform/messengers.ts';
import { startOps } from '../platform/ops.ts';
import { watchPools } from '../platform/process-figures.ts';
import { openReads } from '../platform/reads.ts';
import { ownRelease } from '../platform/release.ts';
import { createSms } from '../platform/sms.ts';
import { stopTimes } from '../platform/stop-times.ts';
import { connectClient } from '../platform/temporal.ts';
import { createWechat } from '../platform/wechat.ts';
import { createWechatPay } from '../platform/wechat-pay.ts';
import { createRefusals } from '../store/audit/refusals.ts';
import { shareContent } from '../store/content/content-cache.ts';
import { followFit } from '../store/keys/key-fit.ts';
import { sayKeys } from '../store/keys/key-holder.ts';
import { tellPublicKeys } from '../store/keys/public-keys.ts';
import { accessTokenStore } from '../store/messages/access-token.ts';
import { createWeb } from './app.ts';
import { offerAssets } from './assets.ts';
import { followNetworkMarks, type MarkNetwork } from './network-marks.ts';

export interface RunningWeb {
  /** Where it listens. */
  url: string;
  port: number;
  opsUrl: string;
  /** Rejects with what ends this process: keys of another database, seen once that is there. */
  failed: Promise<void>;
  /** Answers what was begun, then ends every connection. */
  stop(): Promise<void>;
}

/**
 * Brings `web` up from its settings. Starts without Temporal or partners: those are `degraded`. Without the database it says 503 to everybody until that is there, and
 * `failed` rejects where the keys turn out not to be its own then.
 * @throws KeysDoNotFit
 */
export async function startWeb(settings: WebSettings, { release = ownRelease } = {}): Promise<RunningWeb> {
  const log = createLog('web', settings.LOG_LEVEL);
  const keys = readWebKeys(settings.KEYS_DIR);
  const db = openDatabase(settings);
  const fit = await followFit(db, keys, log).catch((error) => db.destroy().then(() => Promise.reject(error)));
  const byId = openDatabaseById({ ...settings, DATABASE_POOL: byIdConnections });
  shareContent(db, byId);
  const reads = openReads(settings);
  const temporal = connectClient(settings, createCodec(keys.codec));
  const { client } = temporal;
  const engine = createEngineProbe(client);
  const cipher = createFieldCipher(keys.field);
  const index = createBlindIndex(keys.index);
  const durations = durationsOf(settings);
  const delivery = createDelivery({ db: byId, client, durations, log });
  const wechat = createWechat(settings, accessTokenStore(db, cipher, settings.WECHAT_APP_ID));
  const sms = createSms(settings);
  const pay = createWechatPay(settings);
  const orders = createOrders({ db, pay, client });
  const refusals = createRefusals(db, { log });
  let stopped = false;
  let upkeep: Upkeep | undefined;

  const app = createWeb({
    settings,
    release,
    keysFit: fit.fits,
    log,
    mark: (address, at) => upkeep?.mark(address, at),
    db,
    byId,
    reads,
    cipher,
    index,
    keys,
    delivery,
    client,
    codec: createReader(keys.codec),
    wechat,
    sms,
    messengers: createMessengers(settings, (app) => accessTokenStore(db, cipher, app)),
    pay,
    orders,
    refusals,
  });
  const server = createServer(app);
  server.requestTimeout = 30_000;
  // Longer than proxies keep a connection: who lets go first must not be the one that is asked.
  server.keepAliveTimeout = 150_000;
  const port = await listen(server, { host: settings.WEB_HOST, port: settings.WEB_PORT });
  watchPools({ pages: db, byId });
  const ops = await startOps({
    host: settings.OPS_HOST,
    port: settings.OPS_PORT,
    log,
    checks: {
      postgres: { required: true, probe: () => probeDatabase(db) },
      keys: { required: true, probe: fit.probe },
      temporal: {
        required: false,
        probe: () => engine.probe(),
      },
      // The engine may be there without anybody who takes its tasks: this is what the last request met.
      answers: {
        required: false,
        probe: async () => (delivery.isAnswered() ? undefined : Promise.reject(new Error('none'))),
      },
      wechat: {
        required: false,
        probe: () => reachable(settings.WECHAT_API_URL),
      },
      sms: { required: false, probe: () => reachable(settings.SMS_ENDPOINT) },
    },
  });
  const failed = fit.settled.then(() => {
    if (!stopped) upkeep = keepUp(settings, { db, keys, cipher, log });
  });
  failed.catch(() => undefined);
  log.info({ host: settings.WEB_HOST, port }, 'web listens');

  return {
    url: `http://${hostInAddress(settings.WEB_HOST)}:${port}`,
    port,
    opsUrl: ops.url,
    failed,
    async stop() {
      stopped = true;
      fit.stop();
      await drain(server, stopTimes.web.requests);
      const parts = {
        operations: ops.close,
        // A call that is tried again on a closed channel would end the process.
        engine: () => engine.settled().then(temporal.close),
        database: () =>
          Promise.all([upkeep?.stop(), refusals.close()]).then(() =>
            Promise.all([db.destroy(), byId.destroy(), reads.end()]),
          ),
      };
      await endTogether(parts, { patience: stopTimes.web.parts, log });
      log.info('web has stopped');
    },
  };
}

interface Upkeep {
  mark: MarkNetwork;
  stop(): Promise<unknown>;
}
interface KeptUp {
  db: Database;
  keys: WebKeys;
  cipher: FieldCipher;
  log: Log;
}

/** What it writes by itself while it runs, and which keys it follows. */
function keepUp(settings: WebSettings, { db, keys, cipher, log }: KeptUp): Upkeep {
  const networks = followNetworkMarks({ db, cipher, log });
  const offering = offerAssets(db, { log });
  const holding = sayKeys(db, 'web', log);
  const tell = tellPublicKeys(db, { renewal: keys.renewal, feed: keys.feed }, log);
  const told = (held: HeldKeys) => {
    holding.told(held);
    tell();
  };
  const following = followKeys(keys, { folder: settings.KEYS_DIR, read: readWebKeys, told, log });
  return {
    mark: networks.mark,
    stop() {
      following.stop();
      return Promise.all([offering.stop(), holding.stop(), networks.stop()]);
    },
  };
}

/** Any answer at all shows that the partner is there. */
async function reachable(url: string): Promise<void> {
  const answer = await fetch(url, {
    method: 'HEAD',
    signal: AbortSignal.timeout(2_000),
  });
  await answer.body?.cancel();
}
