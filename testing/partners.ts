import type { MessengerName } from '../domain/messengers.ts';
import { readSettings, type SandboxSettings, sandboxSchema } from '../platform/config.ts';
import { demoPartnerSettings, demoSecrets, sandboxOwnSettings } from '../sandbox/demo-settings.ts';
import type { PayOrder, PayRefund, StoredMail } from '../sandbox/memory.ts';
import type { OfficeMessage } from '../sandbox/office/office.ts';
import type { NoticeTry } from '../sandbox/pay/notices.ts';
import type { PayAct, PayResult } from '../sandbox/pay/paying.ts';
import { type Sandbox, startSandbox } from '../sandbox/start.ts';

/** WeChat, the SMS provider and a mail server for one test file, on ports of their own. */
export interface TestPartners {
  url: string;
  /** WECHAT_*, WECOM_*, SMS_* and mail settings as environment, for `readSettings` of web and worker. */
  env: Record<string, string>;
  /** The sandbox reads PUBLIC_URL when it needs it: set it once the site's address is known. */
  settings: SandboxSettings;
  sms(phone: string): Promise<{ text: string; template: string; values: string[] }[]>;
  mails(address: string): Promise<StoredMail[]>;
  wechat(openid?: string): Promise<WechatCard[]>;
  /** What a user of an office messenger was shown, newest first. */
  office(messenger: MessengerName, user?: string): Promise<OfficeMessage[]>;
  /** A user of an office messenger, or one who is gone. */
  officeUser(messenger: MessengerName, user: string, gone?: boolean): Promise<void>;
  /** Presses a card's button. @returns the site's status */
  press(message: string, by?: { user?: string; forged?: boolean }): Promise<number>;
  /** What WeChat Pay knows, oldest first; orders and refunds by their number, our id without dashes. */
  orders(): Promise<PayOrder[]>;
  refunds(): Promise<PayRefund[]>;
  payNotices(): Promise<NoticeTry[]>;
  /** As if somebody stood at the cashier with this order of ours. @returns `ok`, `cancel`, `fail` or `gone` */
  pay(order: string, act?: PayAct, openid?: string): Promise<PayResult>;
  /** As if the time to pay were over. */
  expireOrder(order: string): Promise<void>;
  person(change?: {
    openid?: string;
    nickname?: string;
    following?: boolean;
    blocking?: boolean;
  }): Promise<{ openid: string }>;
  fault(target: string, mode: string, times?: number): Promise<void>;
  stop(): Promise<void>;
}

export interface WechatCard {
  id: string;
  openid: string;
  template: string;
  title: string;
  url: string;
  fields: { key: string; label: string; value: string }[];
  clientMessageId?: string;
  receipt?: string;
}

/** @param publicUrl where the site under test is; receipts go there */
export async function testPartners(
  publicUrl = 'http://127.0.0.1:9',
  changes: Record<string, string> = {},
): Promise<TestPartners> {
  const secrets = demoSecrets();
  const settings = readSettings(sandboxSchema, {
    ...demoPartnerSettings('http://127.0.0.1', secrets),
    ...sandboxOwnSettings(secrets),
    XIAOMEN_MODE: 'demo',
    LOG_LEVEL: 'silent',
    SANDBOX_PORT: '0',
    PUBLIC_URL: publicUrl,
    ...changes,
  });
  const sandbox: Sandbox = await startSandbox(settings);
  const get = async <T>(path: string) => (await (await fetch(sandbox.url + path)).json()) as T;
  const post = async <T>(path: string, body: unknown) => {
    const response = await fetch(sandbox.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`The sandbox answered ${response.status} to ${path}`);
    return (await response.json()) as T;
  };
  return {
    url: sandbox.url,
    env: { ...demoPartnerSettings(sandbox.url, secrets, sandbox.mailPort), ...changes },
    settings,
    sms: (phone) => get(`/inspect/sms?phone=${encodeURIComponent(phone)}`),
    mails: (address) => get(`/inspect/mails?address=${encodeURIComponent(address)}`),
    wechat: (openid = '') => get(`/inspect/wechat?openid=${encodeURIComponent(openid)}`),
    office: (messenger, user = '') => get(`/inspect/office?${new URLSearchParams({ messenger, user })}`),
    officeUser: async (messenger, user, gone = false) =>
      void (await post('/inspect/office/users', { messenger, user, gone })),
    press: async (message, by = {}) =>
      (await post<{ status: number }>('/inspect/office/presses', { message, ...by })).status,
    orders: () => get('/inspect/pay/orders'),
    refunds: () => get('/inspect/pay/refunds'),
    payNotices: () => get('/inspect/pay/notices'),
    pay: async (order, act = 'pay', openid) =>
      (await post<{ result: PayResult }>('/inspect/pay/payments', { order, act, openid })).result,
    expireOrder: async (order) => void (await post('/inspect/pay/expiry', { order })),
    person: (change = {}) => post('/inspect/people', change),
    fault: async (target, mode, times) => {
      await post('/inspect/faults', { target, mode, ...(times === undefined ? {} : { times }) });
    },
    stop: sandbox.stop,
  };
}
