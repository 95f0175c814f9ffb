import { createServer } from 'node:http';
import { createDelivery } from '../delivery/deliver.ts';
import { createCodec, createReader } from '../platform/codec.ts';
import type { WebSettings } from '../platform/config.ts';
import { createBlindIndex, createFieldCipher } from '../platform/crypto.ts';
import { openDatabase, probeDatabase } from '../platform/db.ts';
import { endTogether } from '../platform/ending.ts';
import { createEngineProbe } from '../platform/engine-probe.ts';
import { readWebKeys } from '../platform/keys.ts';
import { drain, listen } from '../platform/listening.ts';
import { followKeys, type HeldKeys } from '../platform/live-keys.ts';
import { createLog } from '../platform/log.ts';
import { startOps } from '../platform/ops.ts';
import { watchPools } from '../platform/process-figures.ts';
import { openReads } from '../platform/reads.ts';
import { ownRelease } from '../platform/release.ts';
import { createSms } from '../platform/sms.ts';
import { connectClient } from '../platform/temporal.ts';
import { createWechat } from '../platform/wechat.ts';
import { untilKeysFit } from '../store/keys/key-fit.ts';
import { sayKeys } from '../store/keys/key-holder.ts';
import { tellPublicKeys } from '../store/keys/public-keys.ts';
import { wechatTokenStore } from '../store/messages/wechat-token.ts';
import { createWeb } from './app.ts';
import { offerAssets } from './assets.ts';
import { followNetworkMarks } from './network-marks.ts';

export interface RunningWeb {
  /** Where it listens. */
  url: string;
  port: number;
  opsUrl: string;
  /** Answers what was begun, then ends every connection. */
  stop(): Promise<void>;
}

/** How long requests in flight may take once a stop was asked for, and what they leaned on after them. Ten seconds together, at most. */
const drainFor = 7_000;
const endFor = 2_000;

/**
 * Brings `web` up from its settings. Starts without Temporal or partners: those are `degraded`. Waits for the database.
 * @throws KeysDoNotFit
 */
export async function startWeb(settings: WebSettings, { release = ownRelease } = {}): Promise<RunningWeb> {
  const log = createLog('web', settings.LOG_LEVEL);
  const keys = readWebKeys(settings.KEYS_DIR);
  const db = openDatabase(settings);
  await untilKeysFit(db, keys, log).catch((error) => db.destroy().then(() => Promise.reject(error)));
  const reads = openReads(settings);
  const temporal = connectClient(settings, createCodec(keys.codec));
  const { client } = temporal;
  const engine = createEngineProbe(client);
  const cipher = createFieldCipher(keys.field);
  const index = createBlindIndex(keys.index);
  const durations = {
    draftTtl: settings.DRAFT_TTL_MS,
    settleFor: settings.SETTLE_FOR_MS,
  };
  const delivery = createDelivery({ db, client, durations, log });
  const wechat = createWechat(settings, wechatTokenStore(db, cipher, settings.WECHAT_APP_ID));
  const sms = createSms(settings);
  const networks = followNetworkMarks({ db, cipher, log });

  const app = createWeb({
    settings,
    release,
    log,
    mark: networks.mark,
    db,
    reads,
    cipher,
    index,
    keys,
    delivery,
    client,
    codec: createReader(keys.codec),
    wechat,
    sms,
  });
  const server = createServer(app);
  server.requestTimeout = 30_000;
  const port = await listen(server, { host: settings.WEB_HOST, port: settings.WEB_PORT });
  watchPools({ pages: db });
  const ops = await startOps({
    host: settings.OPS_HOST,
    port: settings.OPS_PORT,
    log,
    checks: {
      postgres: { required: true, probe: () => probeDatabase(db) },
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
  const offering = offerAssets(db, { log });
  const holding = sayKeys(db, 'web', log);
  const tell = tellPublicKeys(db, { renewal: keys.renewal, feed: keys.feed }, log);
  const told = (held: HeldKeys) => {
    holding.told(held);
    tell();
  };
  const following = followKeys(keys, { folder: settings.KEYS_DIR, read: readWebKeys, told, log });
  log.info({ host: settings.WEB_HOST, port }, 'web listens');

  return {
    url: `http://${settings.WEB_HOST}:${port}`,
    port,
    opsUrl: ops.url,
    async stop() {
      following.stop();
      const offered = offering.stop();
      await drain(server, drainFor);
      const parts = {
        operations: ops.close,
        // A call that is tried again on a closed channel would end the process.
        engine: () => engine.settled().then(temporal.close),
        database: () =>
          Promise.all([holding.stop(), networks.stop(), offered]).then(() => Promise.all([db.destroy(), reads.end()])),
      };
      await endTogether(parts, { patience: endFor, log });
      log.info('web has stopped');
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
