import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';

/** A collector of traces that keeps what it is sent: OTLP/JSON over HTTP. */
export interface TraceCollector {
  /** What a process is told, to hand its spans over here and soon. */
  env: Record<string, string>;
  /** Every body as it came. */
  received(): string[];
  spans(): CollectedSpan[];
  close(): Promise<void>;
}

export interface CollectedSpan {
  service: string;
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  /** Epoch milliseconds. */
  began: number;
  /** 0 unset, 2 error. */
  status: number;
  attributes: Record<string, unknown>;
}

interface Body {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: {
      spans: (Omit<CollectedSpan, 'attributes' | 'status' | 'began'> & {
        startTimeUnixNano: string;
        attributes: Attribute[];
        status: { code: number };
      })[];
    }[];
  }[];
}
interface Attribute {
  key: string;
  value: Record<string, unknown>;
}

export async function openTraceCollector(): Promise<TraceCollector> {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    if (request.url === '/v1/traces') bodies.push(await textOf(request));
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '200',
    },
    received: () => bodies,
    spans: () => bodies.flatMap((body) => spansIn(JSON.parse(body) as Body)),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function spansIn({ resourceSpans }: Body): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(readable(resource.attributes)['service.name']);
    return scopeSpans.flatMap(({ spans }) =>
      spans.map(({ name, traceId, spanId, parentSpanId, status, attributes, startTimeUnixNano }) => ({
        service,
        name,
        traceId,
        spanId,
        parentSpanId,
        began: Number(startTimeUnixNano) / 1e6,
        status: status.code,
        attributes: readable(attributes),
      })),
    );
  });
}

const readable = (attributes: Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
