import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { TracingSettings } from '../tracing-settings.ts';

/** Which traces are kept, by `OTEL_TRACES_SAMPLER`. A part of them is chosen by the trace's id, so that all processes choose alike. */
export function createSampler({
  OTEL_TRACES_SAMPLER: name = 'parentbased_always_on',
  OTEL_TRACES_SAMPLER_ARG: part = 1,
}: Partial<TracingSettings>): Sampler {
  const plain = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(part),
  };
  const [, whole, root] = /^(parentbased_)?(\w+)$/.exec(name) ?? [];
  const sampler = plain[root as keyof typeof plain]();
  return whole ? new ParentBasedSampler({ root: sampler }) : sampler;
}

/** Whether a trace of this id is kept. */
export function isSampled(sampler: Sampler, traceId: string): boolean {
  const { decision } = sampler.shouldSample(ROOT_CONTEXT, traceId, 'visit', SpanKind.INTERNAL, {}, []);
  return decision === SamplingDecision.RECORD_AND_SAMPLED;
}
