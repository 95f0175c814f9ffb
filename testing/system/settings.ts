import { join } from 'node:path';
import type { OverstayTimes } from '../../domain/overstay.ts';
import type { DemoKeys } from '../../platform/keys.ts';
import { demoPartnerSettings, demoSecrets, sandboxOwnSettings } from '../../sandbox/demo-settings.ts';
import type { Ground } from './ground.ts';

/** Where everything of one system listens; all on 127.0.0.1. */
export type Ports = Record<'web' | 'sandbox' | 'mail' | 'door' | 'south' | 'east', number> &
  Record<'webOps' | 'workerOps' | 'doorOps' | 'southOps' | 'eastOps', number>;

export type PartName = 'sandbox' | 'worker' | 'web' | 'door' | 'gate-south' | 'gate-east';
export type PartSettings = Record<PartName, Record<string, string>>;

/** Everything that can be set, as the environment of each process. */
export function settingsOf(system: {
  ground: Ground;
  keys: DemoKeys;
  ports: Ports;
  folder: string;
  logLevel: string;
  durations: { draftTtl?: number; settleFor?: number; overstay?: OverstayTimes };
}): PartSettings {
  const { ground, keys, ports, durations } = system;
  const at = (port: number) => `http://127.0.0.1:${port}`;
  const common = { XIAOMEN_MODE: 'demo', LOG_LEVEL: system.logLevel };
  const temporal = {
    TEMPORAL_ADDRESS: ground.temporal.address,
    TEMPORAL_NAMESPACE: ground.temporal.namespace,
  };
  const secrets = demoSecrets();
  const partners = { ...demoPartnerSettings(at(ports.sandbox), secrets, ports.mail), PUBLIC_URL: at(ports.web) };
  const application = {
    ...common,
    ...temporal,
    ...partners,
    DATABASE_URL: ground.url,
    ...(durations.draftTtl ? { DRAFT_TTL_MS: String(durations.draftTtl) } : {}),
    ...(durations.settleFor ? { SETTLE_FOR_MS: String(durations.settleFor) } : {}),
    ...Object.fromEntries(
      Object.entries(durations.overstay ?? {}).map(([of, ms]) => [`OVERSTAY_${of.toUpperCase()}_MS`, String(ms)]),
    ),
  };
  const gate = (id: 'south' | 'east') => ({
    ...common,
    KEYS_DIR: keys.gates[id]?.folder ?? '',
    OPS_PORT: String(ports[`${id}Ops`]),
    GATE_ID: id,
    GATE_STORE: join(system.folder, `gate-${id}.db`),
    GATE_PORT: String(ports[id]),
    DOOR_URL: at(ports.door),
    FEED_URL: at(ports.web),
    FEED_EVERY_MS: '200',
  });
  return {
    sandbox: {
      ...common,
      ...partners,
      ...sandboxOwnSettings(secrets),
      SANDBOX_PORT: String(ports.sandbox),
      SANDBOX_MAIL_PORT: String(ports.mail),
    },
    worker: {
      ...application,
      KEYS_DIR: keys.worker,
      OPS_PORT: String(ports.workerOps),
      ...(ground.bundles ? { WORKFLOW_BUNDLES: ground.bundles } : {}),
    },
    web: {
      ...application,
      KEYS_DIR: keys.web,
      OPS_PORT: String(ports.webOps),
      WEB_PORT: String(ports.web),
      // Tests let each visitor come from an address of their own.
      TRUSTED_PROXIES: '127.0.0.1',
      ...(ground.temporal.uiUrl ? { TEMPORAL_UI_URL: ground.temporal.uiUrl } : {}),
    },
    door: {
      ...common,
      ...temporal,
      KEYS_DIR: keys.door,
      OPS_PORT: String(ports.doorOps),
      DATABASE_URL: ground.url,
      DATABASE_POOL: '4',
      DOOR_PORT: String(ports.door),
    },
    'gate-south': gate('south'),
    'gate-east': gate('east'),
  };
}
