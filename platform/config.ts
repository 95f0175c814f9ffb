import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { contradictionsIn } from './connection-shares.ts';
import { door, gate } from './gate-settings.ts';
import { halfSet } from './half-set.ts';
import {
  database,
  durations,
  engine,
  engineFigures,
  engineUi,
  everyProcess,
  listener,
  owner,
  publicAddress,
  sms,
  staff,
  wechat,
  work,
} from './setting-groups.ts';
import { port } from './setting-values.ts';
import { mail, messengers } from './staff-channel-settings.ts';
import { tracing } from './tracing-settings.ts';
import { cas, hooks, oidc } from './university-settings.ts';
import { partOfWechatPay, wechatPay } from './wechat-pay-settings.ts';

/**
 * Settings are parsed once, when a process starts. A missing or malformed one names itself.
 * Demo mode exists only when the launcher switches it on (XIAOMEN_MODE=demo); without it the
 * sandbox, demo keys and demo logins are refused.
 */

const application = {
  ...everyProcess,
  ...database,
  ...engine,
  ...publicAddress,
  ...wechat,
  ...wechatPay,
  ...sms,
  ...mail,
  ...messengers,
  ...durations,
  ...hooks,
  ...tracing,
};
export const webSchema = z.object({ ...application, ...listener, ...engineUi, ...staff, ...oidc, ...cas });
export const workerSchema = z.object({ ...application, ...engineFigures, ...work });
export const gateSchema = z.object({ ...everyProcess, ...engineFigures, ...tracing, ...gate });
/** Between gates and the engine. */
export const doorSchema = z.object({ ...everyProcess, ...database, ...engine, ...door });
/** Beside these, migrations take DATABASE_URL and TEMPORAL_*. */
export const migrationSchema = z.object(owner);
/** In a demo only. PUBLIC_URL: where callbacks (receipts) are sent. */
export const sandboxSchema = z.object({
  XIAOMEN_MODE: z.literal('demo'),
  LOG_LEVEL: everyProcess.LOG_LEVEL,
  SANDBOX_HOST: z.literal('127.0.0.1').default('127.0.0.1'),
  SANDBOX_PORT: port,
  ...publicAddress,
  ...wechat,
  ...wechatPay,
  ...sms,
  SANDBOX_MAIL_PORT: port.default(0),
  ...mail,
  ...messengers,
  /** WeChat Pay's own private key, PEM; without it, or without a merchant, nobody pays. */
  SANDBOX_PAY_KEY: z.string().optional(),
  /** A file in which its orders and refunds outlive a restart; without it in memory only. */
  SANDBOX_PAY_BOOKS: z.string().optional(),
  /** How many times sooner than in reality a notification is repeated: 30 makes half a second of 15. */
  SANDBOX_PAY_HASTE: z.coerce.number().positive().default(30),
});

/** For tools and tests that need only one partner. */
const databaseSchema = z.object(database);
/** What holds where nothing else is said, as in tools and tests. */
export const databaseLimits = databaseSchema.omit({ DATABASE_URL: true, DATABASE_POOL: true }).parse({});
export const temporalSchema = z.object(engine);
export const wechatSchema = z.object(wechat);
/** With what the merchant account is tied to. */
export const wechatPaySchema = z.object({ ...wechatPay, ...publicAddress, WECHAT_APP_ID: wechat.WECHAT_APP_ID });
export const smsSchema = z.object(sms);
export const mailSchema = z.object(mail);
export const messengerSchema = z.object(messengers);

export type WebSettings = z.infer<typeof webSchema>;
export type WorkerSettings = z.infer<typeof workerSchema>;
export type GateSettings = z.infer<typeof gateSchema>;
export type DoorSettings = z.infer<typeof doorSchema>;
export type SandboxSettings = z.infer<typeof sandboxSchema>;
export type WechatSettings = z.infer<typeof wechatSchema>;
export type { WechatPaySettings } from './wechat-pay-settings.ts';
export type SmsSettings = z.infer<typeof smsSchema>;
export type MailSettings = z.infer<typeof mailSchema>;
export type TemporalSettings = z.infer<typeof temporalSchema>;
export type DatabaseSettings = z.infer<typeof databaseSchema>;
/** How to reach PostgreSQL; limits that are left out hold as by default. */
export type DatabaseAccess = Pick<DatabaseSettings, 'DATABASE_URL'> & Partial<DatabaseSettings>;

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
    const contradictions = contradictionsOf(schema, result.data);
    if (contradictions.length > 0) throw new SettingsError(contradictions);
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

/** What is right by itself and wrong beside another setting, or for lack of one. */
export function contradictionsOf(schema: z.ZodType, found: unknown): { name: string; problem: string }[] {
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  const settings = found as Partial<WorkerSettings & WebSettings>;
  const paysByWechat = Object.keys(wechatPay).every((name) => known.includes(name));
  return [
    ...contradictionsIn(settings),
    ...halfSet(known, settings),
    ...(paysByWechat ? partOfWechatPay(settings) : []),
  ];
}

/**
 * A key file of this process, as JSON.
 * @throws Error also where it is no JSON, without what stands there: the parser would quote a secret
 */
export function readKeyFile(folder: string, name: string): unknown {
  const text = readFileSync(join(folder, name), 'utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`Key file ${name} in KEYS_DIR is no JSON`);
  }
}
