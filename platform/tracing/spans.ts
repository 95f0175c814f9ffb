import { type Context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, RandomIdGenerator, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Log } from '../log.ts';
import { stopTimes } from '../stop-times.ts';
import type { TracingSettings } from '../tracing-settings.ts';
import { createExporter } from './exporter.ts';
import { createSampler, isSampled } from './sampler.ts';
import type { OpenSpan, SpanAttributes, SpanStart, Tracer } from './span.ts';
import { visitSpan } from './visit-span.ts';

/** Spans as OpenTelemetry has them, handed over in batches beside the work; what finds no room is dropped. */

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  internal: SpanKind.INTERNAL,
  consumer: SpanKind.CONSUMER,
};

export function createTracer(role: string, settings: Partial<TracingSettings>, log: Log): Tracer {
  const sampler = createSampler(settings);
  const random = new RandomIdGenerator();
  /** Ids that the next span gets. */
  let given: { traceId: string; spanId: string } | undefined;
  const provider = new TracerProvider({
    resource: resourceOf(role),
    sampler,
    idGenerator: {
      generateTraceId: () => given?.traceId ?? random.generateTraceId(),
      generateSpanId: () => given?.spanId ?? random.generateSpanId(),
    },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: createExporter(settings, log),
        ...(settings.OTEL_BSP_SCHEDULE_DELAY !== undefined && {
          scheduledDelayMillis: settings.OTEL_BSP_SCHEDULE_DELAY,
        }),
      }),
    ],
  });
  const tracer = provider.getTracer('xiaomen');
  const spans = new WeakMap<OpenSpan, Span>();

  /** Below the visit, unless the span around it is of the same trace already. */
  function contextOf(visit: string | undefined, around: Span | undefined): Context {
    const own = visit === undefined ? undefined : visitSpan(visit);
    if (!own || own.traceId === around?.spanContext().traceId) {
      return around ? trace.setSpan(ROOT_CONTEXT, around) : ROOT_CONTEXT;
    }
    const traceFlags = isSampled(sampler, own.traceId) ? 1 : 0;
    return trace.setSpanContext(ROOT_CONTEXT, { ...own, traceFlags, isRemote: true });
  }

  return {
    open({ name, kind = 'internal', visit, began, attributes = {} }: SpanStart, around) {
      const outer = around && spans.get(around);
      const context = contextOf(visit, outer);
      const elsewhere = outer && trace.getSpanContext(context)?.traceId !== outer.spanContext().traceId;
      const span = tracer.startSpan(
        name,
        {
          kind: kinds[kind],
          attributes: words(attributes),
          ...(began !== undefined && { startTime: began }),
          ...(elsewhere && { links: [{ context: outer.spanContext() }] }),
        },
        context,
      );
      const open: OpenSpan = {
        say(attributes) {
          span.setAttributes(words(attributes));
          if (attributes['error.type']) span.setStatus({ code: SpanStatusCode.ERROR });
        },
        rename: (name) => span.updateName(name),
        end: () => span.end(),
      };
      spans.set(open, span);
      return open;
    },
    visitBegan(reservation) {
      given = visitSpan(reservation);
      if (given) tracer.startSpan('visit', { root: true }, ROOT_CONTEXT).end();
      given = undefined;
    },
    async stop() {
      const late = new Promise((resolve) => setTimeout(resolve, stopTimes.traces).unref());
      await Promise.race([provider.shutdown().catch(() => {}), late]);
    },
  };
}

/** `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` go before. Nothing of the machine is looked up. */
const resourceOf = (role: string) =>
  defaultResource()
    .merge(resourceFromAttributes({ 'service.name': `xiaomen-${role}` }))
    .merge(detectResources({ detectors: [envDetector] }));

/** What is no short word of ours is left out: a sentence, a name, an address with a token. */
const word = /^[\w/:.*()-]{1,120}$/;

function words(attributes: SpanAttributes): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(attributes).filter(([, value]) => typeof value !== 'string' || word.test(value)),
  ) as Record<string, string | number | boolean>;
}
