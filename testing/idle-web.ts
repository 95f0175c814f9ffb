import type { Express } from 'express';
import { createDelivery } from '../delivery/deliver.ts';
import { createOrders } from '../delivery/orders.ts';
import { createCodec, createReader } from '../platform/codec.ts';
import { readSettings, webSchema } from '../platform/config.ts';
import { createBlindIndex, createFieldCipher } from '../platform/crypto.ts';
import { openDatabase } from '../platform/db.ts';
import { createLog } from '../platform/log.ts';
import { createMessengers } from '../platform/messengers.ts';
import { openReads } from '../platform/reads.ts';
import { ownRelease } from '../platform/release.ts';
import { createSms } from '../platform/sms.ts';
import { connectClient } from '../platform/temporal.ts';
import { createWechat } from '../platform/wechat.ts';
import { createWechatPay } from '../platform/wechat-pay.ts';
import { demoPartnerSettings, demoSecrets } from '../sandbox/demo-settings.ts';
import { createRefusals } from '../store/audit/refusals.ts';
import { accessTokenStore } from '../store/messages/access-token.ts';
import { createWeb } from '../web/app.ts';
import { testKeys } from './keys.ts';

/** The whole application as it is, with nothing behind it and nobody asking: to be looked at. It opens no connection. */
export async function idleWeb(): Promise<Express> {
  const { web: keys, folders } = await testKeys();
  const settings = readSettings(webSchema, {
    LOG_LEVEL: 'silent',
    KEYS_DIR: folders.web,
    OPS_PORT: '0',
    WEB_PORT: '0',

    DATABASE_URL: 'postgres://nobody@127.0.0.1:9/nothing',
    TEMPORAL_ADDRESS: '127.0.0.1:9',
    ...demoPartnerSettings('http://127.0.0.1:9', demoSecrets()),
    PUBLIC_URL: 'http://127.0.0.1:9',
  });
  const [log, db] = [createLog('web', 'silent'), openDatabase(settings)];
  const codec = createCodec(keys.codec);
  const { client } = connectClient(settings, codec);
  const cipher = createFieldCipher(keys.field);
  const pay = createWechatPay(settings);
  return createWeb({
    settings,
    release: ownRelease,
    keysFit: () => true,
    log,
    db,
    byId: db,
    keys,
    codec: createReader(keys.codec),
    client,
    cipher,
    reads: openReads(settings),
    index: createBlindIndex(keys.index),
    delivery: createDelivery({ db, client, durations: { draftTtl: 1, settleFor: 1 }, log }),
    wechat: createWechat(settings, accessTokenStore(db, cipher, settings.WECHAT_APP_ID)),
    sms: createSms(settings),
    messengers: createMessengers(settings, (app) => accessTokenStore(db, cipher, app)),
    pay,
    orders: createOrders({ db, pay, client }),
    refusals: createRefusals(db, { log }),
  });
}
