import { AsyncLocalStorage } from 'node:async_hooks';
import type { Log } from './log.ts';
import type { OpenSpan, SpanAttributes, SpanStart, Tracer } from './tracing/span.ts';
import type { TracingSettings } from './tracing-settings.ts';

/**
 * Traces by OpenTelemetry, where the operator names a collector (`OTEL_…`). Without one nothing of it is loaded, and
 * every function here is a plain call.
 *
 * The trace of a visit is its reservation's id: both are 16 bytes. So each process knows the trace by itself – a gate from
 * the pass that is shown to it, a worker from the workflow's id – days later and after a restart, and no header, no row
 * and no history has to carry it.
 */

/** A page's own span is opened when it is known of which visit it is. */
interface Scope {
  span?: OpenSpan;
  page?: { began: number; method: string };
}

let tracer: Tracer | undefined;
const scopes = new AsyncLocalStorage<Scope>();

export const isTracing = (): boolean => tracer !== undefined;

/**
 * Before anything else of the process.
 * @param role as `web`: the service is `xiaomen-web` where `OTEL_SERVICE_NAME` says nothing else
 * @returns hands over what is left, for a second and a half at most
 */
export async function startTracing(
  role: string,
  settings: Partial<TracingSettings>,
  log: Log,
): Promise<() => Promise<void>> {
  if (!asksForTraces(settings)) return async () => {};
  const { createTracer } = await import('./tracing/spans.ts');
  const started = createTracer(role, settings, log);
  tracer = started;
  return async () => {
    tracer = undefined;
    await started.stop();
  };
}

function asksForTraces(settings: Partial<TracingSettings>): boolean {
  if (settings.OTEL_SDK_DISABLED || settings.OTEL_TRACES_EXPORTER === 'none') return false;
  return Boolean(
    settings.OTEL_TRACES_EXPORTER ??
      settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ??
      settings.OTEL_EXPORTER_OTLP_ENDPOINT,
  );
}

/** Does the work within a span, below the one that is open. */
export function inSpan<T>(start: SpanStart, work: () => Promise<T>): Promise<T> {
  if (!tracer) return work();
  const span = tracer.open(start, spanAround(tracer, start.visit));
  return scopes.run({ span }, async () => {
    try {
      return await work();
    } catch (error) {
      span.say({ 'error.type': error instanceof Error ? error.constructor.name : 'unknown' });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Says something of the span that is open. */
export function saySpan(attributes: SpanAttributes): void {
  if (tracer) scopes.getStore()?.span?.say(attributes);
}

/** A span of something that is over. */
export function tellSpan(start: SpanStart): void {
  if (!tracer) return;
  tracer.open(start, spanAround(tracer, start.visit)).end();
}

export function visitBegan(reservation: string): void {
  tracer?.visitBegan(reservation);
}

/**
 * The answer to one request of a browser, from `work` on.
 * @returns ends it; left out for what is asked all the time and was part of no visit: it leaves no span
 */
export function inPage(
  method: string,
  work: () => void,
): (answer: { route: string; status: number; quiet: boolean }) => void {
  const page = { began: Date.now(), method };
  const scope: Scope = { page };
  scopes.run(scope, work);
  return ({ route, status, quiet }) => {
    if (!tracer || (quiet && !scope.span)) return;
    const span = scope.span ?? openPage(tracer, page, undefined);
    span.rename(`${method} ${route}`);
    span.say({ 'http.route': route, 'http.response.status_code': status });
    if (status >= 500) span.say({ 'error.type': String(status) });
    span.end();
  };
}

function spanAround(by: Tracer, visit: string | undefined): OpenSpan | undefined {
  const scope = scopes.getStore();
  if (scope?.page) scope.span ??= openPage(by, scope.page, visit);
  return scope?.span;
}

const openPage = (
  by: Tracer,
  { began, method }: { began: number; method: string },
  visit: string | undefined,
): OpenSpan =>
  by.open({ name: method, kind: 'server', visit, began, attributes: { 'http.request.method': method } }, undefined);
