import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messengerNames } from '../../domain/messengers.ts';
import type { DemoKeys } from '../../platform/keys.ts';
import { type DemoSecrets, demoPartnerSettings, demoSecrets, sandboxOwnSettings } from '../../sandbox/demo-settings.ts';
import { gateIds } from '../seed/content.ts';
import type { ChildPlan } from './child.ts';
import type { Folders } from './folders.ts';
import type { Ports } from './ports.ts';

type Env = Record<string, string>;

/** Which embedded parts give way to real ones, by environment. */
export type RealParts = {
  database: boolean;
  temporal: boolean;
  wechat: boolean;
  sms: boolean;
  mail: boolean;
  wecom: boolean;
};

export function realParts(env: NodeJS.ProcessEnv): RealParts {
  return {
    database: Boolean(env.DATABASE_URL),
    temporal: Boolean(env.TEMPORAL_ADDRESS),
    wechat: Boolean(env.WECHAT_APP_ID),
    sms: Boolean(env.SMS_SECRET_ID),
    mail: Boolean(env.SMTP_URL),
    wecom: Boolean(env.WECOM_CORP_ID),
  };
}

/** Every partner is a real one. */
export const hasNoSandbox = ({ wechat, sms, mail }: RealParts): boolean => wechat && sms && mail;

export type Surroundings = {
  env: NodeJS.ProcessEnv;
  real: RealParts;
  folders: Folders;
  ports: Ports;
  keys: DemoKeys;
  databaseUrl: string;
  temporalAddress: string;
  /** An address others in the network can use; undefined: 127.0.0.1 only. */
  lanAddress: string | undefined;
};

export const namespace = (env: NodeJS.ProcessEnv): string => env.TEMPORAL_NAMESPACE || 'default';
export const temporalUiPath = '/admin/temporal';
const at = (port: number, host = '127.0.0.1') => `http://${host}:${port}`;

export function publicUrl({ env, ports, lanAddress }: Surroundings): string {
  return env.PUBLIC_URL || at(ports.web, lanAddress);
}

/** A real messenger, or the sandbox's; each by itself. */
const messengersOf = (env: NodeJS.ProcessEnv, sandbox: Env): Env =>
  Object.assign(
    {},
    ...messengerNames.map((name) => {
      const own = pick(env, new RegExp(`^${name.toUpperCase()}_`));
      return Object.keys(own).length > 0 ? own : pick(sandbox, new RegExp(`^${name.toUpperCase()}_`));
    }),
  );

/** Every process of ours, each with the settings it needs and no others: a gate gets no database password, and knows no engine. */
export function plansOf(around: Surroundings): ChildPlan[] {
  const { env, real, ports, keys, lanAddress } = around;
  const common = { ...inherited(env), XIAOMEN_MODE: 'demo', LOG_LEVEL: env.LOG_LEVEL || 'info' };
  const temporal = {
    ...pick(env, /^TEMPORAL_(TLS|API_KEY)$/),
    TEMPORAL_ADDRESS: around.temporalAddress,
    TEMPORAL_NAMESPACE: namespace(env),
  };
  const secrets = secretsOf(around.folders);
  const sandbox = demoPartnerSettings(at(ports.sandbox), secrets, ports.mail);
  const partners = {
    ...(real.wechat ? pick(env, /^WECHAT_/) : pick(sandbox, /^WECHAT_/)),
    ...(real.sms ? pick(env, /^SMS_/) : pick(sandbox, /^SMS_/)),
    ...(real.mail ? pick(env, /^(SMTP_URL|MAIL_\w+)$/) : pick(sandbox, /^(SMTP_URL|MAIL_\w+)$/)),
    ...messengersOf(env, hasNoSandbox(real) ? {} : sandbox),
    PUBLIC_URL: publicUrl(around),
  };
  const application = {
    ...common,
    ...temporal,
    ...partners,
    ...pick(env, /^(DRAFT_TTL_MS|SETTLE_FOR_MS|OVERSTAY_\w+_MS|DATABASE_POOL|DATABASE_\w+_MS)$/),
    DATABASE_URL: around.databaseUrl,
  };
  const host = lanAddress ? '0.0.0.0' : '127.0.0.1';
  const gate = (id: string): ChildPlan => ({
    name: `gate-${id}`,
    script: 'gate.ts',
    env: {
      ...common,
      KEYS_DIR: keys.gates[id]?.folder ?? '',
      OPS_PORT: String(ports[`${id}Ops` as 'southOps']),
      GATE_ID: id,
      GATE_STORE: join(around.folders.gates, `${id}.db`),
      GATE_HOST: host,
      GATE_PORT: String(ports[id as 'south']),
      DOOR_URL: at(ports.door),
      FEED_URL: at(ports.web),
    },
  });
  return [
    ...(hasNoSandbox(real)
      ? []
      : [
          {
            name: 'sandbox',
            script: 'sandbox.ts',
            env: {
              ...common,
              ...sandbox,
              ...sandboxOwnSettings(secrets),
              PUBLIC_URL: publicUrl(around),
              SANDBOX_PORT: String(ports.sandbox),
              SANDBOX_MAIL_PORT: String(ports.mail),
              SANDBOX_PAY_BOOKS: join(around.folders.data, 'sandbox-pay.json'),
            },
          },
        ]),
    {
      name: 'worker',
      script: 'worker.ts',
      env: {
        ...application,
        ...pick(env, /^(DATABASE_PROJECTION_POOL|ACTIVITY_SLOTS)$/),
        KEYS_DIR: keys.worker,
        OPS_PORT: String(ports.workerOps),
        WORKFLOW_BUNDLES: env.WORKFLOW_BUNDLES || around.folders.bundles,
      },
    },
    {
      name: 'web',
      script: 'web.ts',
      env: {
        ...application,
        ...pick(env, /^(TRUSTED_PROXIES|TEMPORAL_UI_URL|STAFF_SECOND_FACTOR)$/),
        ...(real.temporal ? {} : { TEMPORAL_UI_URL: `${at(ports.temporalUi)}${temporalUiPath}` }),
        KEYS_DIR: keys.web,
        OPS_PORT: String(ports.webOps),
        WEB_HOST: host,
        WEB_PORT: String(ports.web),
      },
    },
    {
      name: 'door',
      script: 'door.ts',
      env: {
        ...common,
        ...temporal,
        ...pick(env, /^DATABASE_\w+_MS$/),
        DATABASE_URL: around.databaseUrl,
        DATABASE_POOL: '4',
        KEYS_DIR: keys.door,
        OPS_PORT: String(ports.doorOps),
        DOOR_PORT: String(ports.door),
      },
    },
    ...gateIds.map(gate),
  ];
}

/** What any program needs of its surroundings; nothing of ours. */
function inherited(env: NodeJS.ProcessEnv): Env {
  return {
    TZ: 'UTC',
    ...pick(
      env,
      /^(PATH|HOME|LANG|LC_ALL|TMPDIR|SSL_CERT_FILE|NODE_EXTRA_CA_CERTS|NODE_USE_ENV_PROXY|https?_proxy|no_proxy)$/i,
    ),
  };
}

function pick(env: NodeJS.ProcessEnv, names: RegExp): Env {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => names.test(entry[0]) && Boolean(entry[1])),
  );
}

/** What our processes and the sandbox share, made once a clone. */
function secretsOf({ keys }: Folders): DemoSecrets {
  const file = join(keys, 'sandbox.json');
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<DemoSecrets>) : {};
  // An older clone lacks what came later.
  const secrets = demoSecrets(kept);
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  return secrets;
}
