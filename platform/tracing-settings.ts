import { z } from 'zod';
import { milliseconds, url } from './setting-values.ts';

const otlpProtocol = z.enum(['http/protobuf', 'http/json']);

/** By OpenTelemetry's own names. What is not here – headers, time limits, certificates – its exporter reads by itself. */
export const tracing = {
  OTEL_EXPORTER_OTLP_ENDPOINT: url
    .optional()
    .describe(
      'the collector of traces, such as `http://127.0.0.1:4318`; left out: there are no traces, and nothing of OpenTelemetry is loaded',
    ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url.optional().describe('the same as a whole address, for traces alone'),
  OTEL_EXPORTER_OTLP_PROTOCOL: otlpProtocol.optional().describe('`http/protobuf` or `http/json`; left out: the former'),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: otlpProtocol.optional().describe('the same for traces alone'),
  OTEL_TRACES_EXPORTER: z
    .enum(['otlp', 'none'])
    .optional()
    .describe('`none`: no traces; `otlp`: traces to `http://localhost:4318` where no address is set'),
  OTEL_TRACES_SAMPLER: z
    .enum([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ])
    .optional()
    .describe(
      'which traces are kept, the same in every process: `parentbased_traceidratio` keeps a part of the visits, each whole; left out: `parentbased_always_on`, all',
    ),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).optional().describe('which part, 0 to 1'),
  OTEL_BSP_SCHEDULE_DELAY: milliseconds
    .optional()
    .describe('how long spans are gathered before they are handed over; 5 seconds if nothing is set'),
  OTEL_SDK_DISABLED: z.stringbool().optional().describe('`true`: no traces, whatever else is set'),
};
export type TracingSettings = z.infer<z.ZodObject<typeof tracing>>;
