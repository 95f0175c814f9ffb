import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { openSilentServer } from '../testing/silent-server.ts';
import { openTraceCollector, type TraceCollector } from '../testing/trace-collector.ts';
import { createLog } from './log.ts';
import { stopTimes } from './stop-times.ts';
import { inPage, inSpan, isTracing, startTracing, tellSpan, visitBegan } from './tracing.ts';
import type { TracingSettings } from './tracing-settings.ts';

const run = promisify(execFile);
const lines: string[] = [];
const log = createLog('test', 'info', { write: (line: string) => lines.push(line) });
let end: () => Promise<void> = async () => {};
let collector: TraceCollector | undefined;
afterEach(async () => {
  await end();
  await collector?.close();
  for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) delete process.env[name];
  lines.length = 0;
});

async function begin(settings: Partial<TracingSettings> = {}): Promise<TraceCollector> {
  const opened = await openTraceCollector();
  // Its address is read by the exporter itself.
  Object.assign(process.env, opened.env);
  const { OTEL_EXPORTER_OTLP_ENDPOINT } = opened.env;
  const told = { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' as const, ...settings };
  end = await startTracing('web', told, log);
  collector = opened;
  return opened;
}
const traceOf = (reservation: string) => reservation.replaceAll('-', '');

it('loads nothing of OpenTelemetry and adds nothing to a call without a collector', async () => {
  expect(isTracing()).toBe(false);
  const result = Symbol('result');
  expect(await inSpan({ name: 'work' }, async () => result)).toBe(result);

  const loadsWith = async (env: Record<string, string>) => {
    const script = `
      import { registerHooks } from 'node:module';
      registerHooks({ resolve(name, context, next) { if (/opentelemetry/.test(name)) console.log(name); return next(name, context); } });
      const { startTracing, inSpan } = await import(${JSON.stringify(new URL('tracing.ts', import.meta.url).href)});
      await startTracing('web', process.env, {});
      await inSpan({ name: 'work' }, async () => {});
      process.exit(0);`;
    const options = { env: { PATH: process.env.PATH, ...env }, cwd: fileURLToPath(new URL('.', import.meta.url)) };
    return (await run(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], options)).stdout;
  };
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };
  expect(await loadsWith({})).toBe('');
  expect(await loadsWith({ ...endpoint, OTEL_TRACES_EXPORTER: 'none' })).toBe('');
  expect(await loadsWith(endpoint)).toContain('@opentelemetry/sdk-trace');
});

it('gathers in one trace what several processes do for one visit, and leads to it from elsewhere', async () => {
  const { spans } = await begin();
  const [visit, other] = [randomUUID(), randomUUID()];
  visitBegan(visit);
  const ended = Promise.withResolvers<void>();
  const endPage = inPage('POST', () => {
    inSpan({ name: 'deliver submit', visit }, () => inSpan({ name: 'update submit' }, async () => {}))
      .then(() => inSpan({ name: 'deliver personReady', visit: other }, async () => {}))
      .then(ended.resolve);
  });
  await ended.promise;
  endPage({ route: '/reservations', status: 303, quiet: false });
  tellSpan({ name: 'scan', visit });
  await end();

  const found = Object.fromEntries(spans().map((span) => [span.name, span]));
  const below = (name: string) => Object.values(found).find(({ spanId }) => spanId === found[name]?.parentSpanId)?.name;
  expect(
    Object.keys(found)
      .filter((name) => found[name]?.traceId === traceOf(visit))
      .toSorted(),
  ).toEqual(['POST /reservations', 'deliver submit', 'scan', 'update submit', 'visit']);
  expect(found.visit?.parentSpanId).toBeUndefined();
  expect(below('POST /reservations')).toBe('visit');
  expect(below('deliver submit')).toBe('POST /reservations');
  expect(below('update submit')).toBe('deliver submit');
  expect(below('scan')).toBe('visit');
  expect(found['deliver personReady']?.traceId).toBe(traceOf(other));
  expect(found.visit?.service).toBe('xiaomen-web');
});

it('leaves no span of what is asked all the time', async () => {
  const { spans } = await begin();
  inPage('GET', () => {})({ route: '/assets/:name', status: 200, quiet: true });
  inPage('GET', () => {})({ route: '/passes/:id', status: 200, quiet: false });
  await end();
  expect(spans().map(({ name }) => name)).toEqual(['GET /passes/:id']);
});

it('writes words of ours alone, and of an error its class', async () => {
  const { spans, received } = await begin();
  const failing = inSpan({ name: 'work', attributes: { 'xiaomen.gate': '张三 13800138000' } }, async () => {
    throw new RangeError('张三 of 13800138000 is unknown');
  });
  await expect(failing).rejects.toThrow(RangeError);
  await end();
  expect(spans()).toMatchObject([{ status: 2, attributes: { 'error.type': 'RangeError' } }]);
  expect(received().join()).not.toMatch(/张三|13800138000/);
});

it('keeps a part of the visits, each of them whole', async () => {
  const { spans } = await begin({
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: 0.5,
  });
  const visits = Array.from({ length: 100 }, () => randomUUID());
  for (const visit of visits) {
    visitBegan(visit);
    tellSpan({ name: 'scan', visit });
  }
  await end();
  const kept = Map.groupBy(spans(), ({ traceId }) => traceId);
  // Fewer than 20 or more than 80 of 100 coins happen once in a billion times.
  expect(kept.size).toBeGreaterThan(20);
  expect(kept.size).toBeLessThan(80);
  for (const trace of kept.values()) expect(trace.map(({ name }) => name)).toEqual(['visit', 'scan']);
});

it('holds up no work for a collector that says nothing, and tells of it once', async () => {
  const silent = await openSilentServer('never');
  Object.assign(process.env, {
    OTEL_EXPORTER_OTLP_ENDPOINT: silent.url,
    OTEL_EXPORTER_OTLP_TIMEOUT: '1500',
  });
  end = await startTracing('web', { OTEL_EXPORTER_OTLP_ENDPOINT: silent.url, OTEL_BSP_SCHEDULE_DELAY: 10 }, log);
  const began = performance.now();
  for (let n = 0; n < 5_000; n += 1) await inSpan({ name: 'work' }, async () => {});
  // Ten batches and more: each that was waited for would take as long as the exporter waits.
  expect(performance.now() - began).toBeLessThan(8_000);
  await expect.poll(() => lines.length).toBe(1);
  expect(lines[0]).toContain('the collector of traces does not take them');
  expect(silent.connections().made).toBeGreaterThan(0);
  await silent.close();
});

it('ends in the time that a stop leaves it, though the collector holds on to what it is sent', async () => {
  const silent = await openSilentServer('never');
  // The exporter itself would wait for ten seconds.
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = silent.url;
  end = await startTracing('web', { OTEL_EXPORTER_OTLP_ENDPOINT: silent.url }, log);
  await inSpan({ name: 'work' }, async () => {});
  const stopping = performance.now();
  await end();
  expect(performance.now() - stopping).toBeLessThan(stopTimes.traces + 2_000);
  expect(silent.connections().made).toBe(1);
  await silent.close();
});
