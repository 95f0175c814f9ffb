import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { DemoKeys } from '../../platform/keys.ts';
import type { Ground } from './ground.ts';

/** Where everything of one system listens; all on 127.0.0.1. */
export type Ports = Record<'web' | 'sandbox' | 'south' | 'east', number> &
  Record<'webOps' | 'workerOps' | 'southOps' | 'eastOps', number>;

export type PartName = 'sandbox' | 'worker' | 'web' | 'gate-south' | 'gate-east';
export type PartSettings = Record<PartName, Record<string, string>>;

/** Everything that can be set, as the environment of each process. */
export function settingsOf(system: {
  ground: Ground;
  keys: DemoKeys;
  ports: Ports;
  folder: string;
  logLevel: string;
  durations: { draftTtl?: number; settleFor?: number };
}): PartSettings {
  const { ground, keys, ports, durations } = system;
  const at = (port: number) => `http://127.0.0.1:${port}`;
  const common = { XIAOMEN_MODE: 'demo', LOG_LEVEL: system.logLevel };
  const temporal = {
    TEMPORAL_ADDRESS: ground.temporal.address,
    TEMPORAL_NAMESPACE: ground.temporal.namespace,
  };
  const partners = { ...partnerAccounts(), PUBLIC_URL: at(ports.web) };
  const application = {
    ...common,
    ...temporal,
    ...partners,
    DATABASE_URL: ground.url,
    WECHAT_API_URL: at(ports.sandbox),
    WECHAT_OPEN_URL: at(ports.sandbox),
    SMS_ENDPOINT: at(ports.sandbox),
    ...(durations.draftTtl ? { DRAFT_TTL_MS: String(durations.draftTtl) } : {}),
    ...(durations.settleFor ? { SETTLE_FOR_MS: String(durations.settleFor) } : {}),
  };
  const gate = (id: 'south' | 'east') => ({
    ...common,
    ...temporal,
    KEYS_DIR: keys.gates[id]?.folder ?? '',
    OPS_PORT: String(ports[`${id}Ops`]),
    GATE_ID: id,
    GATE_STORE: join(system.folder, `gate-${id}.db`),
    GATE_PORT: String(ports[id]),
    FEED_URL: at(ports.web),
  });
  return {
    sandbox: { ...common, ...partners, SANDBOX_PORT: String(ports.sandbox) },
    worker: { ...application, KEYS_DIR: keys.worker, OPS_PORT: String(ports.workerOps) },
    web: {
      ...application,
      KEYS_DIR: keys.web,
      OPS_PORT: String(ports.webOps),
      WEB_PORT: String(ports.web),
      ...(ground.temporal.uiUrl ? { TEMPORAL_UI_URL: ground.temporal.uiUrl } : {}),
    },
    'gate-south': gate('south'),
    'gate-east': gate('east'),
  };
}

/** Accounts at WeChat and the SMS provider, known to us and to the sandbox alike. */
function partnerAccounts(): Record<string, string> {
  const secret = () => randomBytes(16).toString('hex');
  return {
    WECHAT_APP_ID: 'wxe2e0000000000001',
    WECHAT_APP_SECRET: secret(),
    WECHAT_TOKEN: secret(),
    WECHAT_AES_KEY: randomBytes(32).toString('base64').slice(0, 43),
    WECHAT_TEMPLATES: JSON.stringify(templates),
    SMS_SECRET_ID: secret(),
    SMS_SECRET_KEY: secret(),
    SMS_APP_ID: '1400000001',
    SMS_SIGN_NAME: '校门',
    SMS_TEMPLATE_LOGIN: '2000001',
    SMS_TEMPLATE_APPROVED: '2000002',
    SMS_TEMPLATE_REFUSED: '2000003',
    SMS_TEMPLATE_CANCELLED: '2000004',
  };
}

const templates = {
  approved: {
    id: 'template-approved',
    fields: { visitor: 'thing1', campus: 'thing2', window: 'character_string3', code: 'number4', status: 'phrase5' },
  },
};
