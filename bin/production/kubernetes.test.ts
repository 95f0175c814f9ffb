import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import {
  doorSchema,
  migrationSchema,
  readSettings,
  temporalSchema,
  webSchema,
  workerSchema,
} from '../../platform/config.ts';
import { demoPartnerSettings, demoSecrets } from '../../sandbox/demo-settings.ts';
import { readTop } from '../../testing/compose-file.ts';
import { blocksOf, readPage } from '../../testing/tried-commands/page-commands.ts';

/** The manifests against each other and against the settings of each process. */

interface ValueFrom {
  configMapKeyRef?: { name: string; key: string };
  secretKeyRef?: { name: string; key: string };
}
interface Container {
  image: string;
  args: [string];
  env: { name: string; value?: string; valueFrom?: ValueFrom }[];
  envFrom?: { configMapRef?: { name: string }; secretRef?: { name: string } }[];
  ports?: { name: string; containerPort: number }[];
  readinessProbe?: unknown;
  livenessProbe?: unknown;
  volumeMounts?: { name: string; mountPath: string }[];
}
interface Pod {
  containers: [Container];
  securityContext: { runAsUser: number };
  volumes?: { name: string; secret?: { secretName: string } }[];
}
interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  data?: Record<string, string>;
  spec?: {
    replicas?: number;
    selector?: { matchLabels?: Record<string, string> };
    template?: { metadata: { labels: Record<string, string> }; spec: Pod };
  };
}

const folder = fileURLToPath(new URL('../../deploy/kubernetes', import.meta.url));
const documents = globSync('*.yaml', { cwd: folder }).flatMap((name) =>
  parseAllDocuments(readTop(`deploy/kubernetes/${name}`)).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Manifest;
  }),
);
const pods = documents.flatMap(({ kind, metadata, spec }) =>
  spec?.template
    ? [{ kind, name: metadata.name, spec, pod: spec.template.spec, container: spec.template.spec.containers[0] }]
    : [],
);
const configMap = documents.find(({ kind }) => kind === 'ConfigMap');
const open = configMap?.data ?? {};

/** What docs/production.md puts into each Secret. */
const partners = demoPartnerSettings('http://127.0.0.1:9', demoSecrets(), 9);
const kept = Object.entries(partners).filter(([name]) => !(name in open));
const secrets: Record<string, Record<string, string>> = {
  'xiaomen-application': { ...Object.fromEntries(kept), DATABASE_URL: 'postgres://a:b@c/d' },
  'xiaomen-owner': { DATABASE_OWNER_URL: 'postgres://a:b@c/d' },
};
const schemas: Record<string, z.ZodObject> = {
  'bin/web.ts': webSchema,
  'bin/worker.ts': workerSchema,
  'bin/door.ts': doorSchema,
  'bin/migrate.ts': z.object({ ...migrationSchema.shape, ...temporalSchema.shape }),
};

function settingsOf({ env, envFrom = [] }: Container): Record<string, string> {
  const whole = envFrom.map(({ configMapRef, secretRef }) => {
    if (configMapRef) expect(configMapRef.name).toBe(configMap?.metadata.name);
    const found = configMapRef ? open : secrets[secretRef?.name ?? ''];
    expect(found).toBeDefined();
    return found;
  });
  const single = env.map(({ name, value, valueFrom }) => [
    name,
    value ?? open[valueFrom?.configMapKeyRef?.key ?? ''] ?? ofSecret(valueFrom?.secretKeyRef),
  ]);
  return Object.assign({}, ...whole, Object.fromEntries(single));
}

const ofSecret = (named: ValueFrom['secretKeyRef']) => secrets[named?.name ?? '']?.[named?.key ?? ''];

it('is given each of its secrets by a command of the page, and every file that the page applies is there', () => {
  const page = readPage('docs/production.md', 'On Kubernetes');
  const made = blocksOf(page)
    .flat()
    .flatMap((line) => /create secret generic (\S+)/.exec(line)?.[1] ?? []);
  const used = pods.flatMap(({ pod, container }) => [
    ...(container.envFrom ?? []).flatMap(({ secretRef }) => secretRef?.name ?? []),
    ...container.env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []),
    ...(pod.volumes ?? []).flatMap(({ secret }) => secret?.secretName ?? []),
  ]);
  expect(made.toSorted()).toEqual([...new Set(used)].toSorted());
  const applied = [...page.text.matchAll(/kubectl apply -f deploy\/kubernetes\/([\w.-]+)/g)].map(([, name]) => name);
  expect(applied.length).toBeGreaterThan(1);
  expect(applied.filter((name) => !globSync('*.yaml', { cwd: folder }).includes(name ?? ''))).toEqual([]);
});

it('runs web twice, workers twice, the door twice and a migration', () => {
  expect(pods.map(({ kind, name, spec }) => [kind, name, spec.replicas])).toEqual(
    expect.arrayContaining([
      ['Job', 'migrate-0-1-0', undefined],
      ['Deployment', 'web', 2],
      ['Deployment', 'worker-0-1-0', 2],
      ['Deployment', 'door', 2],
    ]),
  );
  expect(pods).toHaveLength(4);
});

describe.each(pods)('$name', ({ kind, name, spec, pod, container }) => {
  const schema = schemas[container.args[0]];
  const settings = settingsOf(container);

  it('is given settings that it knows, and each that it cannot do without', () => {
    expect(() => readSettings(schema as z.ZodObject, settings)).not.toThrow();
    // One ConfigMap and one Secret serve web and worker, so a worker sees what only web reads.
    const known = [...Object.keys(schema?.shape ?? {}), ...Object.keys(webSchema.shape)];
    expect(Object.keys(settings).filter((one) => !known.includes(one))).toEqual([]);
    expect(
      container.env.map((one) => one.name).filter((one) => !Object.keys(schema?.shape ?? {}).includes(one)),
    ).toEqual([]);
  });

  it('writes nowhere, may nothing, and is no account of root', () => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(pod.securityContext.runAsUser).toBeGreaterThan(10_000);
    expect(container).toMatchObject({
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    });
  });

  it('is of this version, and found by its labels', () => {
    const { version } = JSON.parse(readTop('package.json'));
    expect(container.image).toMatch(new RegExp(`/xiaomen:${version}$`));
    if (kind !== 'Deployment') return;
    expect(spec.template?.metadata.labels).toMatchObject(spec.selector?.matchLabels ?? { none: 'selected' });
    // A new release's workers stand beside the former ones, under a name of their own.
    if (name.startsWith('worker')) {
      expect([name, settings.WORKER_DEPLOYMENT]).toEqual([`worker-${version.replaceAll('.', '-')}`, 'xiaomen']);
      expect(spec.selector?.matchLabels).toMatchObject({ release: version });
    }
  });

  it('is asked at its ops port, and reads its own keys', () => {
    if (kind !== 'Deployment') return expect(pod.volumes).toBeUndefined();
    const ops = container.ports?.find((port) => port.name === 'ops')?.containerPort;
    expect(String(ops)).toBe(settings.OPS_PORT);
    expect(container).toMatchObject({
      readinessProbe: { httpGet: { path: '/readyz', port: 'ops' } },
      livenessProbe: { httpGet: { path: '/healthz', port: 'ops' } },
    });
    const mounted = container.volumeMounts?.find(({ mountPath }) => mountPath === settings.KEYS_DIR)?.name;
    const volume = pod.volumes?.find((one) => one.name === mounted);
    expect(volume?.secret?.secretName).toBe(`xiaomen-keys-${name.split('-')[0]}`);
  });
});
