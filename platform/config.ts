import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { namesProxies } from './proxies.ts';

/**
 * Settings are parsed once, when a process starts. A missing or malformed one names itself.
 * Demo mode exists only when the launcher switches it on (XIAOMEN_MODE=demo); without it the
 * sandbox, demo keys and demo logins are refused.
 */

const port = z.coerce.number().int().min(0).max(65535);
const url = z.url().transform((value) => value.replace(/\/$/, ''));
const list = z
  .string()
  .default('')
  .transform((value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  );
const proxies = list.superRefine((items, context) => {
  for (const item of items.filter((one) => !namesProxies(one))) {
    context.addIssue({ code: 'custom', message: `"${item}" is neither an address nor a CIDR` });
  }
});
const json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue({ code: 'custom', message: 'is not JSON' });
    return z.NEVER;
  }
});
const milliseconds = z.coerce.number().int().positive();

const common = z.object({
  XIAOMEN_MODE: z.enum(['production', 'demo']).default('production'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  /** Folder of this process's key files; see platform/keys.ts. */
  KEYS_DIR: z.string().min(1),
  /** Where /healthz, /readyz and /metrics listen; never a public address. */
  OPS_HOST: z.string().default('127.0.0.1'),
  OPS_PORT: port,
});

const database = z.object({
  /** Connects as a role in `xiaomen_app`, which may only insert into the audit. */
  DATABASE_URL: z.string().startsWith('postgres'),
  DATABASE_POOL: z.coerce.number().int().min(2).max(200).default(10),
  /** How long a connection may take to be made. */
  DATABASE_CONNECT_MS: milliseconds.default(3_000),
  /** How long one statement may run. A connection that says nothing for a little longer is given up. */
  DATABASE_STATEMENT_MS: milliseconds.default(8_000),
  /** How long a statement waits for a lock that somebody else holds; shorter than it may run. */
  DATABASE_LOCK_MS: milliseconds.default(4_000),
  /** How long a transaction may stand open without a statement: as long as a call to WeChat and its repetition. */
  DATABASE_TRANSACTION_IDLE_MS: milliseconds.default(30_000),
  /** How long a connection that nobody uses is kept. */
  DATABASE_IDLE_MS: milliseconds.default(30_000),
  /** How long a connection is silent before the machine asks whether the other end is still there. */
  DATABASE_KEEPALIVE_MS: milliseconds.default(5_000),
});
/** What holds where nothing else is said, as in tools and tests. */
export const databaseLimits = database.omit({ DATABASE_URL: true, DATABASE_POOL: true }).parse({});

const temporal = z.object({
  TEMPORAL_ADDRESS: z.string().min(3),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  TEMPORAL_TLS: z.stringbool().default(false),
  TEMPORAL_API_KEY: z.string().optional(),
});

const wechat = z.object({
  WECHAT_API_URL: url.default('https://api.weixin.qq.com'),
  WECHAT_OPEN_URL: url.default('https://open.weixin.qq.com'),
  WECHAT_APP_ID: z.string().min(1),
  WECHAT_APP_SECRET: z.string().min(1),
  /** The token that signs callbacks. */
  WECHAT_TOKEN: z.string().min(3),
  WECHAT_AES_KEY: z.string().length(43).optional(),
  /** JSON: {"approved": {"id": "…", "fields": {"visitor": "thing1", …}}, …}; ids and keys are assigned per account. */
  WECHAT_TEMPLATES: json.pipe(
    z.record(z.string(), z.object({ id: z.string(), fields: z.record(z.string(), z.string()) })),
  ),
});

const template = z.string({ error: 'is missing' }).min(1, 'is empty');
const abroad = z.strictObject({
  login: template,
  account: template,
  guardian: template,

  approved: template,
  refused: template,
  cancelled: template,

  returned: template,
  proposed: template,
  changed: template,
  opened: template,
});

const sms = z.object({
  SMS_ENDPOINT: url.default('https://sms.tencentcloudapi.com'),
  SMS_REGION: z.string().default('ap-guangzhou'),
  SMS_SECRET_ID: z.string().min(1),
  SMS_SECRET_KEY: z.string().min(1),
  SMS_APP_ID: z.string().min(1),
  SMS_SIGN_NAME: z.string().min(1),
  SMS_TEMPLATE_LOGIN: z.string().min(1),
  SMS_TEMPLATE_ACCOUNT: z.string().min(1),
  SMS_TEMPLATE_GUARDIAN: z.string().min(1),
  SMS_TEMPLATE_APPROVED: z.string().min(1),
  SMS_TEMPLATE_REFUSED: z.string().min(1),
  SMS_TEMPLATE_CANCELLED: z.string().min(1),
  SMS_TEMPLATE_RETURNED: z.string().min(1),
  SMS_TEMPLATE_PROPOSED: z.string().min(1),
  SMS_TEMPLATE_CHANGED: z.string().min(1),
  SMS_TEMPLATE_OPENED: z.string().min(1),
  /**
   * JSON: {"login": "…", "approved": "…", …}, templates of the provider's international service, which it keeps apart and
   * sends without a sign name. Left out: numbers outside +86 get no text.
   */
  SMS_TEMPLATES_ABROAD: json.pipe(abroad).optional(),
});

const durations = z.object({
  DRAFT_TTL_MS: milliseconds.default(7 * 24 * 3600_000),
  SETTLE_FOR_MS: milliseconds.default(15 * 60_000),
});

const publicUrl = z.object({ PUBLIC_URL: url });

export const webSchema = z.object({
  ...common.shape,
  ...database.shape,
  ...temporal.shape,
  ...wechat.shape,
  ...sms.shape,
  ...durations.shape,
  ...publicUrl.shape,
  WEB_HOST: z.string().default('127.0.0.1'),
  WEB_PORT: port,
  /** Addresses or CIDRs of reverse proxies whose X-Forwarded-* are believed; empty: none. */
  TRUSTED_PROXIES: proxies,
  /** The Temporal Web UI on loopback, served to admins behind our login. */
  TEMPORAL_UI_URL: url.optional(),
});
export const workerSchema = z.object({
  ...common.shape,
  ...database.shape,
  ...temporal.shape,
  ...wechat.shape,
  ...sms.shape,
  ...durations.shape,
  ...publicUrl.shape,
  /** A folder, this system's own, where bundled workflows are kept for the next start; left out: bundled at every start. */
  WORKFLOW_BUNDLES: z.string().min(1).optional(),
});
export const gateSchema = z.object({
  ...common.shape,
  ...temporal.shape,
  GATE_ID: z.string().min(2),
  GATE_STORE: z.string().min(1),
  GATE_HOST: z.string().default('127.0.0.1'),
  GATE_PORT: port,
  /** Where the feed is pulled: the address of `web`. */
  FEED_URL: url,
  /** How often the gate asks for its feed, beside being told of it. */
  FEED_EVERY_MS: milliseconds.default(2_000),
});
export const sandboxSchema = z.object({
  XIAOMEN_MODE: z.literal('demo'),
  LOG_LEVEL: common.shape.LOG_LEVEL,
  SANDBOX_HOST: z.literal('127.0.0.1').default('127.0.0.1'),
  SANDBOX_PORT: port,
  ...wechat.pick({
    WECHAT_APP_ID: true,
    WECHAT_APP_SECRET: true,
    WECHAT_TOKEN: true,
    WECHAT_AES_KEY: true,
    WECHAT_TEMPLATES: true,
  }).shape,
  ...sms.pick({ SMS_SECRET_ID: true, SMS_SECRET_KEY: true, SMS_APP_ID: true, SMS_SIGN_NAME: true }).shape,
  SMS_TEMPLATE_LOGIN: sms.shape.SMS_TEMPLATE_LOGIN,
  SMS_TEMPLATE_ACCOUNT: sms.shape.SMS_TEMPLATE_ACCOUNT,
  SMS_TEMPLATE_GUARDIAN: sms.shape.SMS_TEMPLATE_GUARDIAN,
  SMS_TEMPLATE_APPROVED: sms.shape.SMS_TEMPLATE_APPROVED,
  SMS_TEMPLATE_REFUSED: sms.shape.SMS_TEMPLATE_REFUSED,
  SMS_TEMPLATE_CANCELLED: sms.shape.SMS_TEMPLATE_CANCELLED,
  SMS_TEMPLATE_RETURNED: sms.shape.SMS_TEMPLATE_RETURNED,
  SMS_TEMPLATE_PROPOSED: sms.shape.SMS_TEMPLATE_PROPOSED,
  SMS_TEMPLATE_CHANGED: sms.shape.SMS_TEMPLATE_CHANGED,
  SMS_TEMPLATE_OPENED: sms.shape.SMS_TEMPLATE_OPENED,
  SMS_TEMPLATES_ABROAD: sms.shape.SMS_TEMPLATES_ABROAD,
  /** Where callbacks (receipts) are sent. */
  ...publicUrl.shape,
});

/** For tools and tests that need only one partner. */
export { sms as smsSchema, temporal as temporalSchema, wechat as wechatSchema };

export type WebSettings = z.infer<typeof webSchema>;
export type WorkerSettings = z.infer<typeof workerSchema>;
export type GateSettings = z.infer<typeof gateSchema>;
export type SandboxSettings = z.infer<typeof sandboxSchema>;
export type WechatSettings = z.infer<typeof wechat>;
export type SmsSettings = z.infer<typeof sms>;
export type TemporalSettings = z.infer<typeof temporal>;
export type DatabaseSettings = z.infer<typeof database>;
/** How to reach PostgreSQL; limits that are left out hold as by default. */
export type DatabasePlace = Pick<DatabaseSettings, 'DATABASE_URL'> & Partial<DatabaseSettings>;

/** Thrown with one readable line a setting. */
export class SettingsError extends Error {
  readonly settings: { name: string; problem: string }[];
  constructor(settings: { name: string; problem: string }[]) {
    super(`Settings: ${settings.map(({ name, problem }) => `${name} ${problem}`).join('; ')}`);
    this.settings = settings;
  }
}

/** @throws SettingsError naming every missing or malformed setting. */
export function readSettings<S extends z.ZodType>(schema: S, env: NodeJS.ProcessEnv): z.infer<S> {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const result = schema.safeParse(set);
  if (result.success) {
    refuseContradictions(result.data as Record<string, unknown>);
    return result.data;
  }
  const problems = new Map<string, string[]>();
  for (const issue of result.error.issues) {
    const [name = 'settings', ...within] = issue.path.map(String);
    const place = within.length > 0 ? `${within.join('.')} ` : '';
    problems.set(name, [...(problems.get(name) ?? []), `${place}${issue.message}`]);
  }
  throw new SettingsError(
    [...problems].map(([name, found]) => ({
      name,
      problem: name in set ? `is not valid: ${found.join(', ')}` : 'is missing',
    })),
  );
}

/** What is right by itself and wrong beside another setting. @throws SettingsError */
function refuseContradictions(settings: Record<string, unknown>): void {
  const { DATABASE_LOCK_MS: lock, DATABASE_STATEMENT_MS: statement } = settings;
  if (typeof lock === 'number' && typeof statement === 'number' && lock >= statement) {
    const problem = `is ${lock}, but must be less than DATABASE_STATEMENT_MS, ${statement}: a lock is given up first`;
    throw new SettingsError([{ name: 'DATABASE_LOCK_MS', problem }]);
  }
}

/** A key file of this process, as JSON. */
export function readKeyFile(folder: string, name: string): unknown {
  return JSON.parse(readFileSync(join(folder, name), 'utf8'));
}
