import type { Knex } from 'knex';
import type { FieldCipher } from '../platform/crypto.ts';
import type { GateCodes } from '../platform/gate-codes.ts';
import type { SigningRing } from '../platform/keys.ts';
import type { Mail } from '../platform/mail.ts';
import type { Messengers } from '../platform/messengers.ts';
import type { Sms } from '../platform/sms.ts';
import type { Wechat } from '../platform/wechat.ts';
import type { Order } from '../store/payments/order.ts';

/** The outside world, as the activities need it. */
export interface ActivityDeps {
  db: Knex;
  /** Connections that nothing but projections takes. */
  projections: Knex;
  cipher: FieldCipher;
  /** Held by `worker` alone. */
  passKeys: SigningRing;
  /** How each gate is told a gate code. */
  gateCodes: GateCodes;
  wechat: Wechat;
  /** Orders at the provider, in a room that activities do not enter. */
  orders: { close(order: Order): Promise<boolean> };
  sms: Sms;
  /** To staff. */
  mail: Mail;
  /** To staff: those that are set up. */
  messengers: Messengers;
  /** Where a message's link leads. */
  publicUrl: string;
}
