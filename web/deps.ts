import type { Client } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import type { createDelivery } from '../delivery/deliver.ts';
import type { Orders } from '../delivery/orders.ts';
import type { WebSettings } from '../platform/config.ts';
import type { BlindIndex, FieldCipher } from '../platform/crypto.ts';
import type { Database } from '../platform/db.ts';
import type { WebKeys } from '../platform/keys.ts';
import type { Log } from '../platform/log.ts';
import type { Messengers } from '../platform/messengers.ts';
import type { Reads } from '../platform/reads.ts';
import type { createSms } from '../platform/sms.ts';
import type { createWechat } from '../platform/wechat.ts';
import type { WechatPay } from '../platform/wechat-pay.ts';
import type { Refusals } from '../store/audit/refusals.ts';
import type { MarkNetwork } from './network-marks.ts';

/** Everything the pages lean on, given by `startWeb` or by a test. */
export interface WebDeps {
  settings: WebSettings;
  /** Of these sources, by SemVer. */
  release: string;
  log: Log;
  /** How the log names where a request came from; left out: it does not. */
  mark?: MarkNetwork;
  /** Whether the keys are known to be those of the database. Until then nobody is served. */
  keysFit(): boolean;
  db: Database;
  /** The same for what is found by ids alone: its statements are planned once. */
  byId: Database;
  /** The short reads that every page begins with. */
  reads: Reads;
  cipher: FieldCipher;
  index: BlindIndex;
  keys: WebKeys;
  delivery: Pick<ReturnType<typeof createDelivery>, 'deliver'>;
  client: Client;
  /** What machines were refused, counted. */
  refusals: Refusals;
  /** Opens what the engine keeps, for admins. */
  codec: Pick<PayloadCodec, 'decode'>;
  wechat: ReturnType<typeof createWechat>;
  sms: ReturnType<typeof createSms>;
  /** Those that are set up. */
  messengers: Messengers;
  /** Undefined where there is no merchant account. */
  pay: WechatPay | undefined;
  orders: Orders;
}

/** The same where everything is found by ids. */
export const byIds = (deps: WebDeps): WebDeps => ({ ...deps, db: deps.byId });
