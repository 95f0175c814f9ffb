import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Log } from '../log.ts';
import type { TracingSettings } from '../tracing-settings.ts';

/**
 * Hands spans to the collector by OTLP over HTTP; address, headers, time limits and certificates are read from `OTEL_EXPORTER_OTLP_…` by the
 * exporter itself. A collector that does not take them is told of once, and once more when it does again.
 */
export function createExporter(settings: Partial<TracingSettings>, log: Log): SpanExporter {
  const protocol = settings.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? settings.OTEL_EXPORTER_OTLP_PROTOCOL;
  const exporter = protocol === 'http/json' ? new JsonExporter() : new ProtobufExporter();
  let failing = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const failed = result.code !== 0;
        if (failed && !failing) log.warn({ count: spans.length }, 'the collector of traces does not take them');
        if (!failed && failing) log.info('the collector of traces takes them again');
        failing = failed;
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
}
