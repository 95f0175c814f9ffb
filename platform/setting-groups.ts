import { z } from 'zod';
import { usualOverstay } from '../domain/overstay.ts';
import { door, gate } from './gate-settings.ts';
import {
  file,
  milliseconds,
  port,
  postgres,
  proxies,
  smsTemplateIds,
  smsTemplateNames,
  url,
  wechatTemplates,
} from './setting-values.ts';
import { mail, messengers } from './staff-channel-settings.ts';
import { tracing } from './tracing-settings.ts';
import { cas, hooks, oidc } from './university-settings.ts';
import { wechatPay } from './wechat-pay-settings.ts';

/**
 * Every setting once, with what the README and `npm run doctor` say of it, in the group that an office sets up together.
 * `npm run settings:table` writes the README's table.
 */

export const everyProcess = {
  XIAOMEN_MODE: z
    .enum(['production', 'demo'])
    .default('production')
    .describe('left alone: `demo` is for `npm start`, which sets it'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent'])
    .default('info')
    .describe('how much the log says: `fatal`, `error`, `warn`, `info`, `debug` or `silent`'),
  KEYS_DIR: z
    .string()
    .min(1)
    .describe("the folder of this process's key files, see [privacy and security](docs/privacy-and-security.md)"),
  OPS_HOST: z
    .string()
    .default('127.0.0.1')
    .describe('where `/healthz`, `/readyz` and `/metrics` listen; never a public address'),
  OPS_PORT: port.describe('their port'),
};

export const database = {
  /** Such a role may only insert into the audit. */
  DATABASE_URL: postgres.describe('PostgreSQL 18, as a role in `xiaomen_app`'),
  DATABASE_POOL: z.coerce
    .number()
    .int()
    .min(2)
    .max(200)
    .default(20)
    .describe(
      'connections that a process holds at most, 2 to 200, a worker 5 at least; beside them `web` holds two for reads and six for decisions',
    ),
  DATABASE_CONNECT_MS: milliseconds.default(3_000).describe('how long a connection may take to be made'),
  DATABASE_STATEMENT_MS: milliseconds
    .default(8_000)
    .describe('how long one statement may run; a connection that says nothing for a little longer is given up'),
  DATABASE_LOCK_MS: milliseconds
    .default(4_000)
    .describe('how long a statement waits for a lock that somebody else holds; shorter than it may run'),
  DATABASE_TRANSACTION_IDLE_MS: milliseconds
    .default(30_000)
    .describe(
      'how long a transaction may stand open without a statement: as long as a call to WeChat and its repetition',
    ),
  DATABASE_IDLE_MS: milliseconds.default(30_000).describe('how long a connection that nobody uses is kept'),
  DATABASE_KEEPALIVE_MS: milliseconds
    .default(5_000)
    .describe('how long a connection is silent before the machine asks whether the other end is still there'),
};
export const owner = {
  DATABASE_OWNER_URL: postgres.optional().describe("the schema's owner; left out: `DATABASE_URL` is taken"),
};

export const engine = {
  TEMPORAL_ADDRESS: z.string().min(3).describe("the engine's host and port"),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default').describe('the namespace of the workflows'),
  TEMPORAL_TLS: z.stringbool().default(false).describe('whether the engine is spoken to by TLS'),
  TEMPORAL_TLS_CERT: file.optional().describe('a PEM file: the certificate by which the engine knows this process'),
  TEMPORAL_TLS_KEY: file.optional().describe('a PEM file: the key of that certificate; both or neither'),
  TEMPORAL_TLS_CA: file
    .optional()
    .describe("a PEM file: who signed the engine's certificate; left out: whom the machine trusts"),
  TEMPORAL_API_KEY: z.string().optional().describe('the key of an engine that asks for one'),
};
export const engineFigures = {
  OPS_ENGINE_PORT: port
    .optional()
    .describe(
      "a port on `OPS_HOST` where the `/metrics` of the engine's own SDK listen: tasks, activities, pollers and calls; left out: there are none",
    ),
};
export const engineUi = {
  TEMPORAL_UI_URL: url.optional().describe("the engine's Web UI on loopback, served to admins behind our login"),
};

export const publicAddress = {
  PUBLIC_URL: url.describe('the address that visitors use; cookies, links and origin checks follow it'),
};
export const listener = {
  SECURITY_CONTACT: z
    .string()
    .regex(/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+|tel:\+?[\d-]+)$/, 'is not mailto:…, https://… or tel:…')
    .optional()
    .describe(
      'whom to tell of a vulnerability, `mailto:…` or `https://…`, for `/.well-known/security.txt`; left out: there is none',
    ),
  WEB_HOST: z.string().default('127.0.0.1').describe('where `web` listens'),
  WEB_PORT: port.describe('its port'),
  TRUSTED_PROXIES: proxies.describe(
    'whose forwarding headers it believes: addresses or CIDRs, with commas; left out: none',
  ),
};

export const wechat = {
  WECHAT_APP_ID: z.string().min(1).describe('the account'),
  WECHAT_APP_SECRET: z.string().min(1).describe('its secret'),
  WECHAT_TOKEN: z.string().min(3).describe('the token that signs callbacks'),
  WECHAT_AES_KEY: z
    .string()
    .length(43)
    .optional()
    .describe('the key of encrypted callbacks; left out: they come in clear'),
  WECHAT_TEMPLATES: wechatTemplates.describe(
    'JSON: `{"approved": {"id": "…", "fields": {"visitor": "thing1", …}}, …}`, the template of each kind of message, and `task` for staff; ids and field keys are assigned per account',
  ),
  WECHAT_API_URL: url.default('https://api.weixin.qq.com').describe("WeChat's interface"),
  WECHAT_OPEN_URL: url.default('https://open.weixin.qq.com').describe("WeChat's pages for signing in"),
};

export const sms = {
  SMS_SECRET_ID: z.string().min(1).describe('the account at Tencent Cloud SMS'),
  SMS_SECRET_KEY: z.string().min(1).describe('its key'),
  SMS_APP_ID: z.string().min(1).describe('the application there'),
  SMS_SIGN_NAME: z.string().min(1).describe('the signature of texts to the mainland'),
  SMS_TEMPLATES: smsTemplateIds.describe(
    `JSON: \`{"login": "…", …}\`, the template of each text: ${smsTemplateNames.map((name) => `\`${name}\``).join(', ')}`,
  ),
  SMS_TEMPLATES_ABROAD: smsTemplateIds
    .optional()
    .describe(
      "the same for numbers outside +86: templates of the provider's international service, which carry no signature; left out: such numbers get no text and cannot register",
    ),
  SMS_RECEIPT_KEY: z
    .string()
    .min(32)
    .regex(/^[\w-]+$/, 'has other characters than letters, digits, - and _')
    .optional()
    .describe(
      'the secret end of the address to which the provider posts receipts, `PUBLIC_URL/sms/receipts/<key>`, see [operations](docs/operations.md); left out: none are taken',
    ),
  SMS_ENDPOINT: url.default('https://sms.tencentcloudapi.com').describe("the provider's interface"),
  SMS_REGION: z.string().default('ap-guangzhou').describe('its region'),
};

export const staff = {
  STAFF_SECOND_FACTOR: z
    .enum(['required', 'optional'])
    .optional()
    .describe(
      'whether admins, and staff who may see whole document numbers, log in with an authenticator app too: `required` or `optional`; left out: `required`, in a demo `optional`',
    ),
};

export const durations = {
  DRAFT_TTL_MS: milliseconds.default(7 * 24 * 3600_000).describe('how long a draft lives; 7 days if nothing is set'),
  SETTLE_FOR_MS: milliseconds
    .default(15 * 60_000)
    .describe("how long a visit's outcome waits for silent gates; 15 minutes if nothing is set"),
  OVERSTAY_ASK_MS: milliseconds
    .default(usualOverstay.ask)
    .describe(
      'how long after the end of a visit visitor and host are asked whether somebody who was not seen leaving has left, where exits are recorded; 5 minutes if nothing is set',
    ),
  OVERSTAY_AGAIN_MS: milliseconds
    .default(usualOverstay.again)
    .describe('how long after the end they are asked again; 30 minutes if nothing is set'),
  OVERSTAY_SECURITY_MS: milliseconds
    .default(usualOverstay.security)
    .describe('how long after the end the security desk is told; an hour if nothing is set'),
  OVERSTAY_CLOSE_MS: milliseconds
    .default(usualOverstay.close)
    .describe('how long after the end the visit is closed with an exit that was not seen; 12 hours if nothing is set'),
};

export const work = {
  DATABASE_PROJECTION_POOL: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(4)
    .describe(
      'connections beside `DATABASE_POOL` for projections alone, so that people see what was decided while other work waits',
    ),
  ACTIVITY_SLOTS: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe('activities at once, at most `DATABASE_POOL` less 4, so that each finds a connection; left out: as many'),
  WORKFLOW_BUNDLES: z
    .string()
    .min(1)
    .optional()
    .describe(
      "a folder of the worker's own where bundled workflows are kept, so that the next start is quicker; left out: bundled at every start",
    ),
  WORKER_DEPLOYMENT: z
    .string()
    .regex(/^[a-z0-9-]{1,60}$/)
    .optional()
    .describe(
      'the name under which the engine tells releases of the worker apart, see [operations](docs/operations.md); left out: it does not, and whichever worker is free takes a task',
    ),
};

/** What an office sets up together, in the order in which it does. */
export const settingGroups: { title: string; settings: Record<string, z.ZodType> }[] = [
  { title: 'Every process', settings: everyProcess },
  { title: 'The database', settings: { ...database, ...owner } },
  { title: 'The engine', settings: { ...engine, ...engineFigures, ...engineUi } },
  { title: 'The public address and proxies', settings: { ...publicAddress, ...listener } },
  { title: 'The official account', settings: wechat },
  { title: 'Fees by WeChat Pay', settings: wechatPay },
  { title: 'Text messages', settings: sms },
  { title: 'Mail to staff', settings: mail },
  { title: 'Messages where staff work', settings: messengers },
  { title: 'Staff', settings: staff },
  { title: 'Sign-in by the university', settings: { ...oidc, ...cas } },
  { title: 'Other systems', settings: hooks },
  { title: 'How long things take', settings: durations },
  { title: 'Workers', settings: work },
  { title: 'Traces', settings: tracing },
  { title: 'The door for gates', settings: door },
  { title: 'A gate', settings: gate },
];
