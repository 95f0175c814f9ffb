/** What a span is to the product, whoever makes it. */

/** All that a span ever says beside its name and its times: words of ours, ids of gates and requests, numbers. */
export interface SpanAttributes {
  'http.request.method'?: string;
  /** The pattern, as `/passes/:id`. */
  'http.route'?: string;
  'http.response.status_code'?: number;
  /** The class of what went wrong, or its code; never its message. */
  'error.type'?: string | undefined;
  'xiaomen.request'?: string;
  'xiaomen.request.kind'?: string;
  /** How long the request had been kept when somebody began to deliver it. */
  'xiaomen.request.waited_ms'?: number;
  'xiaomen.activity'?: string;
  'xiaomen.attempt'?: number;
  'xiaomen.gate'?: string;
  'xiaomen.gate.reason'?: string;
  'xiaomen.gate.open'?: boolean;
  'xiaomen.direction'?: string;
}

export interface SpanStart {
  name: string;
  kind?: 'server' | 'client' | 'internal' | 'consumer';
  /** The reservation whose trace it belongs to; left out: that of the span around it, or one of its own. */
  visit?: string | undefined;
  /** Epoch milliseconds; left out: now. */
  began?: number;
  attributes?: SpanAttributes;
}

export interface OpenSpan {
  say(attributes: SpanAttributes): void;
  rename(name: string): void;
  end(): void;
}

/** What makes spans and hands them over, see spans.ts. */
export interface Tracer {
  open(start: SpanStart, around: OpenSpan | undefined): OpenSpan;
  /** The span that all others of this visit stand below. */
  visitBegan(reservation: string): void;
  stop(): Promise<void>;
}
