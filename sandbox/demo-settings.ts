import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { messageKinds, taskTemplate, type WechatField } from '../domain/message-kinds.ts';
import { textNames } from './sms/texts.ts';

/** What the sandbox and our own processes must agree on. Made once a clone, never committed. */
export interface DemoSecrets {
  wechatSecret: string;
  wechatToken: string;
  wechatAesKey: string;
  smsSecretId: string;
  smsSecretKey: string;
  smtpPassword: string;
  bounceToken: string;
  smsReceiptKey: string;
  payApiKey: string;
  wecomSecret: string;
  wecomToken: string;
  wecomAesKey: string;
  feishuSecret: string;
  feishuEncryptKey: string;
  feishuToken: string;
  dingtalkSecret: string;
  dingtalkCardSecret: string;
  /** The merchant's private key, PEM. */
  payMerchantKey: string;
  /** WeChat Pay's own, PEM. The sandbox alone has it. */
  payPlatformKey: string;
}

/** @param kept what was made before, which stays */
export function demoSecrets(kept: Partial<DemoSecrets> = {}): DemoSecrets {
  return {
    wechatSecret: randomBytes(16).toString('hex'),
    wechatToken: randomBytes(12).toString('hex'),
    wechatAesKey: randomBytes(32).toString('base64').slice(0, 43),
    smsSecretId: `AKID${randomBytes(16).toString('hex')}`,
    smsSecretKey: randomBytes(16).toString('hex'),
    smtpPassword: randomBytes(16).toString('hex'),
    bounceToken: randomBytes(16).toString('hex'),
    smsReceiptKey: randomBytes(16).toString('hex'),
    payApiKey: randomBytes(16).toString('hex'),
    wecomSecret: randomBytes(32).toString('base64url'),
    wecomToken: randomBytes(12).toString('hex'),
    wecomAesKey: randomBytes(32).toString('base64').slice(0, 43),
    feishuSecret: randomBytes(16).toString('hex'),
    feishuEncryptKey: randomBytes(16).toString('hex'),
    feishuToken: randomBytes(16).toString('hex'),
    dingtalkSecret: randomBytes(32).toString('base64url'),
    dingtalkCardSecret: randomBytes(32).toString('base64url'),
    ...kept,
    payMerchantKey: kept.payMerchantKey ?? privateKey('merchant'),
    payPlatformKey: kept.payPlatformKey ?? privateKey('platform'),
  };
}

const made = new Map<string, string>();

/** Once a process: making one takes a while, and tests ask often. */
function privateKey(name: string): string {
  const pem =
    made.get(name) ??
    generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    }).privateKey;
  made.set(name, pem);
  return pem;
}

/** What each field of ours is to WeChat; the account numbers them within a template. */
const fieldTypes: Record<WechatField, string> = {
  visitor: 'thing',
  campus: 'thing',
  window: 'character_string',
  code: 'character_string',
  reason: 'thing',
  status: 'phrase',
};

/** Template ids and field keys are assigned per account; these are the sandbox account's. */
const wechatTemplates = Object.fromEntries(
  [
    ...Object.entries(messageKinds).map(([kind, { wechat }]) => [kind, wechat.fields] as const),
    ['task', taskTemplate.fields] as const,
  ].map(([kind, fields]) => [
    kind,
    {
      id: `sandbox-${kind}-template`,
      fields: Object.fromEntries(fields.map((field, at) => [field, `${fieldTypes[field]}${at + 1}`])),
    },
  ]),
);

/** The provider keeps templates for the mainland and for everywhere else apart. */
const smsTemplates = (from: number): Record<string, string> =>
  Object.fromEntries(textNames.map((name, at) => [name, String(from + at)]));

/**
 * Every WECHAT_*, WECOM_*, SMS_* and mail setting of the demo, for web and worker; the sandbox has `sandboxOwnSettings` beside them.
 * @param mailPort where the sandbox speaks SMTP; left out: nobody does
 */
export function demoPartnerSettings(sandboxUrl: string, secrets: DemoSecrets, mailPort = 9): Record<string, string> {
  return {
    SMTP_URL: `smtp://xiaomen:${secrets.smtpPassword}@127.0.0.1:${mailPort}`,
    MAIL_FROM: '校园访客 <visits@campus.example>',
    MAIL_BOUNCE_TOKEN: secrets.bounceToken,
    WECHAT_API_URL: sandboxUrl,
    WECHAT_OPEN_URL: sandboxUrl,
    WECHAT_APP_ID: 'wx5a2d0b8c1e7f4936',
    WECHAT_APP_SECRET: secrets.wechatSecret,
    WECHAT_TOKEN: secrets.wechatToken,
    WECHAT_AES_KEY: secrets.wechatAesKey,
    WECHAT_TEMPLATES: JSON.stringify(wechatTemplates),
    WECHAT_PAY_URL: sandboxUrl || 'http://127.0.0.1:9',
    WECHAT_PAY_MERCHANT_ID: '1900000109',
    WECHAT_PAY_SERIAL: '5157F09EFDC096DE15EBE81A47057A7232F1B8E1',
    WECHAT_PAY_KEY: secrets.payMerchantKey,
    WECHAT_PAY_API_V3_KEY: secrets.payApiKey,
    WECHAT_PAY_PUBLIC_KEY_ID: 'PUB_KEY_ID_0119000001092026112900000000',
    WECHAT_PAY_PUBLIC_KEY: String(createPublicKey(secrets.payPlatformKey).export({ type: 'spki', format: 'pem' })),
    WECOM_API_URL: sandboxUrl || 'http://127.0.0.1:9',
    WECOM_CORP_ID: 'ww5f1d0b8c1e7f4936',
    WECOM_AGENT_ID: '1000002',
    WECOM_SECRET: secrets.wecomSecret,
    WECOM_TOKEN: secrets.wecomToken,
    WECOM_AES_KEY: secrets.wecomAesKey,
    FEISHU_API_URL: sandboxUrl || 'http://127.0.0.1:9',
    FEISHU_APP_ID: 'cli_a5sandbox0000001',
    FEISHU_APP_SECRET: secrets.feishuSecret,
    FEISHU_ENCRYPT_KEY: secrets.feishuEncryptKey,
    FEISHU_VERIFICATION_TOKEN: secrets.feishuToken,
    DINGTALK_API_URL: sandboxUrl || 'http://127.0.0.1:9',
    DINGTALK_APP_KEY: 'dingsandbox00000001',
    DINGTALK_APP_SECRET: secrets.dingtalkSecret,
    DINGTALK_CARD_TEMPLATE: '5a2d0b8c-1e7f-4936-8a11-0000sandbox0.schema',
    DINGTALK_CARD_SECRET: secrets.dingtalkCardSecret,
    SMS_ENDPOINT: sandboxUrl,
    SMS_RECEIPT_KEY: secrets.smsReceiptKey,
    // A receiver on this machine can be tried.
    WEBHOOK_NETWORKS: '127.0.0.1',
    SMS_REGION: 'ap-guangzhou',
    SMS_SECRET_ID: secrets.smsSecretId,
    SMS_SECRET_KEY: secrets.smsSecretKey,
    SMS_APP_ID: '1400000000',
    SMS_SIGN_NAME: '校园访客',
    SMS_TEMPLATES: JSON.stringify(smsTemplates(2000001)),
    SMS_TEMPLATES_ABROAD: JSON.stringify(smsTemplates(3000001)),
  };
}

/** What nobody but the sandbox is told. */
export const sandboxOwnSettings = (secrets: DemoSecrets): Record<string, string> => ({
  SANDBOX_PAY_KEY: secrets.payPlatformKey,
});
