import { BlockList } from 'node:net';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { doorSchema, gateSchema, readSettings, webSchema, workerSchema } from '../../platform/config.ts';
import { demoPartnerSettings, demoSecrets } from '../../sandbox/demo-settings.ts';
import { composeText, filled, readCompose, readTop, type Service, variablesIn } from '../../testing/compose-file.ts';
import { scheduleSettings } from '../backup/schedule.ts';
import { backupSettings } from '../backup/settings.ts';
import { envGroups } from './env-entries.ts';

/** The compose file against its schema, the settings of each process, and the `.env` that the setup writes. */

const compose = readCompose();
const services = Object.entries(compose.services);
const office = {
  host: 'visits.example.edu',
  tls: 'internal',
  gate: 'south',
  accounts: { web: '10001:10001', worker: '10002:10002', gate: '10003:10003', door: '10005:10005', backup: '0:0' },
};
const entries = envGroups(office).flatMap((group) => group.entries);
const schemas = {
  'bin/web.ts': webSchema,
  'bin/worker.ts': workerSchema,
  'bin/door.ts': doorSchema,
  'bin/gate.ts': gateSchema,
};
const processes = services.flatMap(([name, service]) => {
  const schema = schemas[service.command?.[0] as keyof typeof schemas];
  return schema ? [{ name, service, schema }] : [];
});

it('is as the specification of compose files has it', () => {
  const document = JSON.parse(readTop('testing/compose-spec/compose-spec.json'));
  // The same draft under the name by which it is known.
  const schema = z.fromJSONSchema({ ...document, $schema: 'http://json-schema.org/draft-07/schema#' });
  expect(schema.safeParse(compose).error?.issues ?? []).toEqual([]);
  const wrong = readCompose();
  Object.assign(wrong.services.proxy ?? {}, { cap_drop: 'ALL' });
  expect(schema.safeParse(wrong).success).toBe(false);
});

describe('each process', () => {
  it('is there: two of web and worker, the door, and a gate', () => {
    expect(processes.map(({ name }) => name)).toEqual(['web-1', 'web-2', 'worker-1', 'worker-2', 'door', 'gate']);
  });

  it.each(processes)(
    '$name is given settings that it knows, and each that it cannot do without',
    ({ service, schema }) => {
      const set = Object.keys(service.environment ?? {});
      const known = Object.keys(schema.shape);
      expect(set.filter((name) => !known.includes(name))).toEqual([]);
      const typed = {
        ...demoPartnerSettings('http://127.0.0.1:9', demoSecrets(), 9),
        SECURITY_CONTACT: 'mailto:it@example.edu',
      };
      const env = { ...Object.fromEntries(entries.map(({ name, value }) => [name, value])), ...typed };
      const settings = Object.entries(service.environment ?? {}).map(([name, value]) => [
        name,
        filled(String(value), env),
      ]);
      expect(() => readSettings(schema, Object.fromEntries(settings))).not.toThrow();
    },
  );

  it.each(processes)('$name can be given whatever has no value of its own', ({ service, schema }) => {
    // The engine of this file is on an inner network, and TLS before the door is the proxy's; the image holds the bundle; as many activities as
    // connections; of traces, where to is enough.
    const left = /^(TEMPORAL_(TLS\w*|API_KEY)|DOOR_(TLS_\w+|CA)|WORKFLOW_BUNDLES|ACTIVITY_SLOTS|OTEL_\w+)$/;
    const tracesGoTo = 'OTEL_EXPORTER_OTLP_ENDPOINT';
    const without = Object.entries<z.ZodType>(schema.shape)
      .filter(
        ([name, type]) => type.safeParse(undefined).data === undefined && (!left.test(name) || name === tracesGoTo),
      )
      .map(([name]) => name);
    expect(without.filter((name) => !(name in (service.environment ?? {})))).toEqual([]);
  });
});

describe('backups', () => {
  const { backup, restore } = compose.services;
  const schema = z.object({ ...backupSettings.shape, ...scheduleSettings.shape });

  it('are taken by the schedule, and brought back by its command with the same settings', () => {
    expect([backup?.command, backup?.entrypoint]).toEqual([['bin/scheduled-backup.ts'], undefined]);
    expect(restore?.entrypoint?.at(-1)).toBe('bin/restore.ts');
    expect(restore?.environment).toEqual(backup?.environment);
    expect([backup?.profiles, restore?.profiles]).toEqual([undefined, ['restore']]);
    const env = Object.fromEntries(entries.map(({ name, value }) => [name, value]));
    const settings = Object.fromEntries(
      Object.entries(backup?.environment ?? {}).map(([name, value]) => [name, filled(String(value), env)]),
    );
    expect(Object.keys(settings).filter((name) => !(name in schema.shape))).toEqual([]);
    expect(readSettings(backupSettings, settings).BACKUP_PASSPHRASE).toHaveLength(43);
    expect(readSettings(scheduleSettings, settings)).toEqual({
      BACKUP_TO: '/backups',
      BACKUP_AT: '02:30',
      BACKUP_KEEP: 14,
    });
  });

  it('write beside the keys and change none; only a restore writes keys', () => {
    expect(backup?.volumes).toEqual(['./keys:/keys:ro', './backups:/backups']);
    expect(restore?.volumes).toEqual(['./keys:/keys', './backups:/backups']);
    expect([backup?.cap_add, restore?.cap_add]).toEqual([['DAC_OVERRIDE'], ['DAC_OVERRIDE']]);
  });

  it('that fail are seen: the health check asks for a young one', () => {
    expect(backup?.healthcheck?.test.slice(-2)).toEqual(['bin/scheduled-backup.ts', '--check']);
  });

  it("are brought back into the engine's schema while no engine runs", () => {
    const neededBy = (name: string): string[] =>
      Object.keys(compose.services[name]?.depends_on ?? {}).flatMap((one) => [one, ...neededBy(one)]);
    expect(neededBy('restore').toSorted()).toEqual(['database', 'engine-schema', 'postgres']);
  });
});

describe('.env', () => {
  const named = variablesIn(composeText);

  it('has every variable of the file, and no other', () => {
    expect(entries.map(({ name }) => name).toSorted()).toEqual([...new Set(named.map(({ name }) => name))].toSorted());
  });

  it('is asked for what cannot be left out', () => {
    const required = new Set(named.filter(({ isRequired }) => isRequired).map(({ name }) => name));
    const asked = entries.filter(({ kind }) => kind === 'asked').map(({ name }) => name);
    expect(asked.filter((name) => !required.has(name))).toEqual([]);
    const free = entries.filter(({ kind }) => kind === 'free').map(({ name }) => name);
    expect(free.filter((name) => required.has(name))).toEqual([]);
  });

  it('holds the only passwords: none stands in the file', () => {
    const written = services.flatMap(([, { environment = {} }]) => Object.entries(environment));
    const passwords = written.filter(([name, value]) =>
      /PASSWORD|PASSPHRASE|SECRET|TOKEN|:\/\/[^/@]*:[^/@]*@/.test(`${name}=${value}`),
    );
    expect(passwords.length).toBeGreaterThan(10);
    expect(passwords.filter(([, value]) => !/\$\{\w+:[?-]/.test(value))).toEqual([]);
  });
});

describe('what is reachable', () => {
  const networksOf = ({ networks }: Service) => (Array.isArray(networks) ? networks : Object.keys(networks));
  const on = (network: string) => services.filter(([, one]) => networksOf(one).includes(network)).map(([name]) => name);

  it('is published by the proxy alone', () => {
    expect(services.filter(([, { ports }]) => ports).map(([name]) => name)).toEqual(['proxy']);
  });

  it('is on networks of its own', () => {
    expect(on('public')).toEqual(['proxy']);
    expect(on('front')).toEqual(['web-1', 'web-2', 'proxy']);
    expect(on('gates')).toEqual(['door', 'gate', 'proxy']);
    // A gate has no way to the engine but the door.
    expect(on('engine')).not.toContain('gate');
    expect(on('data')).not.toContain('gate');
    expect(on('data')).not.toContain('engine-ui');
    const inner = Object.entries(compose.networks)
      .filter(([, network]) => !network?.internal)
      .map(([name]) => name);
    expect(inner).toEqual(['public', 'outside']);
  });

  it('believes the proxy about addresses, and nobody else', () => {
    const proxy = compose.services.proxy?.networks as { front: { ipv4_address: string } } | undefined;
    for (const { service } of processes.filter(({ name }) => name.startsWith('web'))) {
      expect(service.environment?.TRUSTED_PROXIES).toBe(proxy?.front.ipv4_address);
    }
    const [{ ip_range: range = '' } = {}] = compose.networks.front?.ipam?.config ?? [];
    const given = new BlockList();
    given.addSubnet(range.split('/')[0] ?? '', Number(range.split('/')[1]));
    expect(given.check(proxy?.front.ipv4_address ?? '')).toBe(false);
  });
});

describe('each container', () => {
  it.each(services)('%s writes nowhere, may nothing, comes back and keeps a bounded log', (_, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      restart: expect.stringMatching(/^(unless-stopped|on-failure)$/),
      logging: { options: { 'max-size': expect.any(String), 'max-file': expect.any(String) } },
    });
  });

  it('writes into the journal of the machine where an office keeps six months of it', () => {
    const journal = readCompose(readTop('deploy/journald/docker-compose.yml'));
    expect(Object.keys(journal.services).toSorted()).toEqual(services.map(([name]) => name).toSorted());
    // Another driver takes the place of the options too: the journal knows none about sizes.
    for (const service of Object.values(journal.services))
      expect(service).toEqual({ logging: { driver: 'journald', options: { tag: '{{.Name}}' } } });
    expect(services.map(([, { logging }]) => logging?.driver)).not.toContain('journald');
    const [, days] = /^MaxRetentionSec=(\d+)day$/m.exec(readTop('deploy/journald/journald@xiaomen.conf')) ?? [];
    expect(Number(days)).toBeGreaterThan(184);
  });

  it('calls nobody home: the engine and its pages ask nobody for newer versions', () => {
    const told: Record<string, unknown> = parse(readTop('deploy/engine/dynamic.yaml'));
    expect(told['frontend.enableServerVersionCheck']).toEqual([{ value: false }]);
    expect(readTop('deploy/engine/ui.yaml')).toMatch(/^notifyOnNewVersion: false$/m);
  });

  it('is of an exact version', () => {
    const from = [...readTop('Dockerfile').matchAll(/^FROM (\S+:\S+)/gm)].map(([, image = '']) => image);
    const images = [...from, ...services.map(([, { image }]) => image)];
    expect(images.filter((image) => !/:\d+\.\d+(\.\d+)?(-[\w.-]+)?$/.test(image))).toEqual([]);
    const [, node = ''] = /'linux-x64': \{[^}]*version: '([\d.]+)'/s.exec(readTop('bin/prepare/node.mjs')) ?? [];
    expect(new Set(from)).toEqual(new Set([`node:${node}-bookworm-slim`]));
    expect(compose.services['web-1']?.image).toBe(`xiaomen:${JSON.parse(readTop('package.json')).version}`);
  });

  it('of ours is not root', () => {
    expect(readTop('Dockerfile').match(/^USER .*$/gm)).toEqual(['USER 1000:1000']);
    for (const { service } of processes)
      expect(
        filled(String(service.user), {
          WEB_ACCOUNT: '7:7',
          WORKER_ACCOUNT: '7:7',
          DOOR_ACCOUNT: '7:7',
          GATE_ACCOUNT: '7:7',
        }),
      ).toBe('7:7');
  });

  it('holds no secret of an installation: only rooms that run go into the image', () => {
    const lines = readTop('.dockerignore')
      .split('\n')
      .filter((line) => line && !line.startsWith('#'));
    expect(lines[0]).toBe('*');
    expect(lines.filter((line) => /env|keys|stores|certificates/.test(line))).toEqual([]);
  });
});
