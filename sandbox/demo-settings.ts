import { randomBytes } from 'node:crypto';

/** What the sandbox and our own processes must agree on. Made once a clone, never committed. */
export interface DemoSecrets {
  wechatSecret: string;
  wechatToken: string;
  wechatAesKey: string;
  smsSecretId: string;
  smsSecretKey: string;
}

export function demoSecrets(): DemoSecrets {
  return {
    wechatSecret: randomBytes(16).toString('hex'),
    wechatToken: randomBytes(12).toString('hex'),
    wechatAesKey: randomBytes(32).toString('base64').slice(0, 43),
    smsSecretId: `AKID${randomBytes(16).toString('hex')}`,
    smsSecretKey: randomBytes(16).toString('hex'),
  };
}

/** Template ids and field keys are assigned per account; these are the sandbox account's. */
const templates = {
  approved: {
    id: 'sandbox-approved-rP3kq0Zy1tB7nX5v',
    fields: {
      visitor: 'thing1',
      campus: 'thing2',
      window: 'character_string3',
      code: 'character_string4',
      status: 'phrase5',
    },
  },
  code: {
    id: 'sandbox-code-Wm8dTt2LxN6cQe4h',
    fields: { campus: 'thing1', window: 'character_string2', code: 'character_string3' },
  },
  rejected: {
    id: 'sandbox-rejected-Jv9sKu5RbF3yHa7p',
    fields: { visitor: 'thing1', campus: 'thing2', window: 'character_string3', reason: 'thing4', status: 'phrase5' },
  },
  cancelled: {
    id: 'sandbox-cancelled-Gz4wCe8MoD1xSi6n',
    fields: { visitor: 'thing1', campus: 'thing2', window: 'character_string3', status: 'phrase4' },
  },
  expired: {
    id: 'sandbox-expired-Qf2jYa7UkV5lPb3t',
    fields: { visitor: 'thing1', campus: 'thing2', window: 'character_string3', status: 'phrase4' },
  },
  returned: {
    id: 'sandbox-returned-Tb6mHe1XpC4vRw9d',
    fields: { visitor: 'thing1', campus: 'thing2', window: 'character_string3', reason: 'thing4', status: 'phrase5' },
  },
  proposed: {
    id: 'sandbox-proposed-Yn5rFq8ZsA2kUj7g',
    fields: { visitor: 'thing1', campus: 'thing2', window: 'character_string3', status: 'phrase4' },
  },
  changed: {
    id: 'sandbox-changed-Ld3xVi6PwG9oMt1b',
    fields: { visitor: 'thing1', campus: 'thing2', window: 'character_string3', status: 'phrase4' },
  },
  change_refused: {
    id: 'sandbox-change-refused-Hc7yBk2EaS5nQz4u',
    fields: { visitor: 'thing1', campus: 'thing2', window: 'character_string3', reason: 'thing4', status: 'phrase5' },
  },
  person_ready: {
    id: 'sandbox-person-ready-Xf1jWo4RdT8lKm6s',
    fields: { visitor: 'thing1', campus: 'thing2', window: 'character_string3', code: 'character_string4' },
  },
  pass_opened: {
    id: 'sandbox-pass-opened-Pg9uNv3CiY6hEa2w',
    fields: { visitor: 'thing1', campus: 'thing2', window: 'character_string3', status: 'phrase4' },
  },
};

/** Every WECHAT_* and SMS_* setting of the demo, for web, worker and the sandbox itself. */
export function demoPartnerSettings(sandboxUrl: string, secrets: DemoSecrets): Record<string, string> {
  return {
    WECHAT_API_URL: sandboxUrl,
    WECHAT_OPEN_URL: sandboxUrl,
    WECHAT_APP_ID: 'wx5a2d0b8c1e7f4936',
    WECHAT_APP_SECRET: secrets.wechatSecret,
    WECHAT_TOKEN: secrets.wechatToken,
    WECHAT_AES_KEY: secrets.wechatAesKey,
    WECHAT_TEMPLATES: JSON.stringify(templates),
    SMS_ENDPOINT: sandboxUrl,
    SMS_REGION: 'ap-guangzhou',
    SMS_SECRET_ID: secrets.smsSecretId,
    SMS_SECRET_KEY: secrets.smsSecretKey,
    SMS_APP_ID: '1400000000',
    SMS_SIGN_NAME: '校园访客',
    SMS_TEMPLATE_LOGIN: '2000001',
    SMS_TEMPLATE_APPROVED: '2000002',
    SMS_TEMPLATE_REFUSED: '2000003',
    SMS_TEMPLATE_CANCELLED: '2000004',
    SMS_TEMPLATE_RETURNED: '2000005',
    SMS_TEMPLATE_PROPOSED: '2000006',
    SMS_TEMPLATE_CHANGED: '2000007',
    SMS_TEMPLATE_OPENED: '2000008',
    SMS_TEMPLATE_ACCOUNT: '2000009',
    SMS_TEMPLATE_GUARDIAN: '2000010',
    SMS_TEMPLATES_ABROAD: JSON.stringify({
      login: '3000001',
      approved: '3000002',
      refused: '3000003',
      cancelled: '3000004',

      returned: '3000005',
      proposed: '3000006',
      changed: '3000007',
      opened: '3000008',

      account: '3000009',
      guardian: '3000010',
    }),
  };
}
