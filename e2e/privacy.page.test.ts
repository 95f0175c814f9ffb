import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OwnGround, ownGround } from '../testing/system/ground.ts';
import { type System, startSystem } from '../testing/system.ts';
import { openTraceCollector, type TraceCollector } from '../testing/trace-collector.ts';
import { until } from '../testing/until.ts';
import { PlainBrowser, type PlainPage } from './plain-browser.ts';
import { filesBelow, readFiles } from './privacy/files.ts';
import { readHistories } from './privacy/histories.ts';
import { walkMarkedVisitor } from './privacy/marked-visit.ts';
import { findMarkers, type Marker, type Source, textSource } from './privacy/markers.ts';
import { readTables } from './privacy/tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'xiaomen-urls-'));
const urls = join(folder, 'urls.txt');
const connections = join(folder, 'connections.txt');
let ground: OwnGround;
let system: System;
let collector: TraceCollector;
let markers: Marker[];
let errorPages: PlainPage[];
beforeAll(async () => {
  writeFileSync(urls, '');
  [ground, collector] = await Promise.all([ownGround(), openTraceCollector()]);
  const recorders = ['record-urls', 'record-connections'].map((name) =>
    fileURLToPath(new URL(`./privacy/${name}.ts`, import.meta.url)),
  );
  // Every process apart, at its most talkative, each request's address and each connection written down.
  system = await startSystem({
    ground,
    run: 'apart',
    logLevel: 'debug',
    env: {
      NODE_OPTIONS: recorders.map((path) => `--import=${path}`).join(' '),
      URLS_FILE: urls,
      CONNECTIONS_FILE: connections,
      ...collector.env,
    },
  });
  ({ markers, errorPages } = await walkMarkedVisitor(system));
}, 240_000);
afterAll(async () => {
  await system?.stop();
  await collector?.close();
  rmSync(folder, { recursive: true, force: true });
});

const sources: Record<string, () => Source[] | Promise<Source[]>> = {
  'decoded histories, search attributes and summaries': () => readHistories(system.client, system.codec),
  'tables of the database': () => readTables(system.owner),
  'files of the database, its log of writes too': () => readFiles(filesBelow(join(ground.folder, 'postgres'))),
  'files of the engine': () => readFiles(filesBelow(join(ground.folder, 'temporal'))),
  'logs of every process': () => readFiles(system.logs),
  'stores of the gates': () => readFiles(filesBelow(system.folder).filter((path) => /gate-\w+\.db/.test(path))),
  'addresses of requests': () => ownAddresses(),
  'spans of every process': () => collector.received().map((body, n) => textSource(`batch ${n} of spans`, body)),
  'pages that tell of an error': () => errorPages.map(({ url, html }) => textSource(url.pathname, html)),
};

/**
 * The sandbox writes its own people's ids into its addresses, as no partner would; they are not ours. These credentials are
 * addresses, and stand in no other: in none that says where one came from either.
 */
const ownLinks = [
  // Good once, and asked for once here.
  /^GET \/join\/[\w-]{32} /m,
  /^GET \/staff\/links\/[\w-]{43} /m,
  // Its form is sent to the same address, which then says what was decided.
  /^(GET|POST) \/t\/[\w-]{43} /gm,
];
function ownAddresses(): Source[] {
  return readFiles([urls]).map(({ where, bytes }) => {
    const own = bytes
      .toString()
      .split('\n')
      .filter((line) => !/^\w+ \/(wechat\/o[\w-]{20}|inspect|phone)/.test(line));
    const others = ownLinks.reduce((text, link) => text.replace(link, 'a link '), own.join('\n'));
    return textSource(where, others);
  });
}

it.each(Object.keys(sources))('nothing of a marked visitor stands in the clear in: %s', async (where) => {
  const found = (await sources[where]?.()) ?? [];
  expect(found.reduce((total, { bytes }) => total + bytes.length, 0)).toBeGreaterThan(200);
  expect(findMarkers(found, markers)).toEqual([]);
});

it('the spans of a visit are one trace, from the visitor’s form to the workflow that hears of the entry', async () => {
  const trace = await until(() => {
    const entry = collector.spans().find(({ name }) => name === 'signal entered');
    const spans = collector.spans().filter(({ traceId }) => traceId === entry?.traceId);
    return spans.some(({ name, began }) => name === 'project' && began > (entry?.began ?? 0)) && spans;
  }, 'the entry is projected');
  const steps = trace.map(({ service, name }) => `${service.replace('xiaomen-', '')}: ${name}`);
  expect(steps).toEqual(
    expect.arrayContaining([
      'worker: visit',
      'web: POST /reservations',
      'web: deliver submit',
      'web: update submit',
      'web: write answer',
      'worker: admit',
      'worker: project',
      'web: POST /inbox/:taskId/decision',
      'web: update decide',
      'worker: issuePasses',
      'worker: notify',
      'gate: learn pass',
      'gate: scan',
      'gate: signal entered',
    ]),
  );
  // Nothing stands apart: each span is below another one of the trace, up to the visit.
  const ids = new Set(trace.map(({ spanId }) => spanId));
  expect(trace.filter(({ parentSpanId }) => !parentSpanId || !ids.has(parentSpanId)).map(({ name }) => name)).toEqual([
    'visit',
  ]);
  const [reservation] = await system.owner('reservation').whereRaw("replace(id::text, '-', '') = ?", trace[0]?.traceId);
  expect(reservation?.stage).toBe('visit');
  // Neither its history nor that of a gate knows of traces.
  for (const workflowId of [`reservation/${reservation?.id}`, 'gate/south']) {
    const { events } = await system.client.workflow.getHandle(workflowId).fetchHistory();
    expect(JSON.stringify(events)).not.toMatch(/"header":\{"fields":\{"|traceparent/);
  }
});

it('no process speaks to anything but the parts that it was given: nobody is called home', () => {
  const places = new Set(readFileSync(connections, 'utf8').trim().split('\n'));
  expect(places.size).toBeGreaterThan(0);
  const isOurs = (place: string) => ['127.0.0.1', '::1', 'localhost'].includes(place) || place.startsWith('/');
  expect([...places].filter((place) => !isOurs(place))).toEqual([]);
});

it('planted markers are found', async () => {
  const planted = '欧阳标记人';
  await system.owner('university').update({ account_name: planted });
  await system.client.workflow.start('reservation', {
    workflowId: 'planted',
    taskQueue: 'nobody',
    args: [{ name: planted }],
    staticSummary: planted,
  });
  writeFileSync(join(system.folder, 'logs', 'web.log'), `{"msg":"${planted}"}\n`, { flag: 'a' });
  await new PlainBrowser(system.web).open(`/nowhere?name=${encodeURIComponent(planted)}`);
  await fetch(`${collector.env.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces`, {
    method: 'POST',
    body: JSON.stringify({ resourceSpans: [], planted }),
  });
  const finds = async (where: string) => findMarkers((await sources[where]?.()) ?? [], markers);

  expect(await finds('tables of the database')).toEqual(['name: university.account_name (as it is)']);
  expect(await finds('decoded histories, search attributes and summaries')).toEqual(
    expect.arrayContaining(['name: event 1 of planted (as it is)', 'name: description of planted (as it is)']),
  );
  expect(await finds('logs of every process')).toHaveLength(1);
  expect(await finds('addresses of requests')).toHaveLength(1);
  expect(await finds('spans of every process')).toHaveLength(1);
});
