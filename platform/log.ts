import { IncomingMessage, ServerResponse } from 'node:http';
import pino, { type DestinationStream, type Logger } from 'pino';
import { standardOutput } from './log-output.ts';

export type Log = Logger;

/**
 * Redacted by construction: only these fields are ever written, each only as a short word, number or true/false.
 * A field that is not here is dropped and named under `dropped`. There is no way to log a URL, a body, a header or
 * an error's message (database errors carry their bindings in it). Add ids and counts here, never what people typed.
 */
const allowed = new Set(
  `name process pid request reservation visitor staff task gate pass person submission message decision workflow event
  route method status ms delay attempt attempts kind code fault stage outcome seq version position wanted applied after
  count open host port channel retry signal mode level reason queue language template receipt campus department
  provider action child exit part step kid use degraded file from day refund order messenger
  device`.split(/\s+/),
);
const longest = 120;

/**
 * @param name the process: `web`, `worker`, `gate south` …
 * @param destination for tests; standard output otherwise
 */
export function createLog(name: string, level = 'info', destination?: DestinationStream): Log {
  const options: pino.LoggerOptions = {
    name,
    level,
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }), log: allow },
    hooks: {
      // pino takes an error's message when none is given, and fills %s from further arguments: neither happens here.
      logMethod([first, second], method) {
        if (typeof first === 'string') return method.apply(this, [first]);
        const fields = first instanceof Error ? { err: first } : first;
        const words = typeof second === 'string' ? second : '';
        return method.apply(this, [fields, words] as unknown as Parameters<typeof method>);
      },
    },
    serializers: { err: (value) => value, req: (value) => value, res: (value) => value },
  };
  // Written beside the work, in order, and flushed at every orderly end: a request waits for no disk, and a full one ends nothing.
  const log = pino(options, destination ?? standardOutput());
  // Bindings of a child do not pass `formatters.log`; children inherit this from their parent.
  const child = log.child;
  const allowedChild = function (this: Log, bindings: pino.Bindings): unknown {
    return child.call(this, allow(bindings));
  };
  log.child = allowedChild as typeof log.child;
  return log;
}

function allow(fields: object): Record<string, unknown> {
  const written: Record<string, unknown> = {};
  const dropped: string[] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (key === 'err' || key === 'error' || value instanceof Error) written.err = describeError(value);
    else if (key === 'req') written.req = describeRequest(value);
    else if (key === 'res') written.res = describeResponse(value);
    else if (key === 'responseTime' && typeof value === 'number') written.ms = Math.round(value);
    else if (allowed.has(key) && isShort(value)) written[key] = value;
    else dropped.push(key);
  }
  if (dropped.length > 0) written.dropped = dropped.slice(0, 10).map((key) => key.slice(0, 40));
  return written;
}

function isShort(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= longest;
  if (Array.isArray(value)) return value.length <= 20 && value.every(isShort);
  return value === null || typeof value === 'number' || typeof value === 'boolean' || value instanceof Date;
}

/** Kind, code and where; never the message. */
function describeError(error: unknown, depth = 0): Record<string, unknown> {
  if (typeof error === 'object' && error !== null && !(error instanceof Error) && 'frames' in error) {
    return error as Record<string, unknown>;
  }
  if (!(error instanceof Error)) return { kind: typeof error };
  const source = error as Error & Record<string, unknown>;
  const described: Record<string, unknown> = { kind: error.constructor.name };
  for (const key of [
    'code',
    'status',
    'type',
    'syscall',
    'address',
    'port',
    'table',
    'column',
    'constraint',
    'routine',
  ]) {
    const value = source[key];
    if ((typeof value === 'string' && value.length <= longest) || typeof value === 'number') described[key] = value;
  }
  described.frames = frames(error);
  if (source.cause !== undefined && depth < 3) described.cause = describeError(source.cause, depth + 1);
  return described;
}

/** The stack without its first lines: they repeat the message, which may be several lines long. */
function frames(error: Error): string[] {
  const stack = error.stack ?? '';
  const start = stack.startsWith(String(error)) ? stack.slice(String(error).length) : stack;
  return start
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^at .+:\d+:\d+\)?$/.test(line))
    .slice(0, 12);
}

function describeRequest(value: unknown): Record<string, unknown> {
  const source = unwrap(value);
  if (!(source instanceof IncomingMessage)) return {};
  const { id, route, method } = source as IncomingMessage & { id?: unknown; route?: { path?: unknown } };
  return {
    ...(typeof id === 'string' || typeof id === 'number' ? { id } : {}),
    method,
    ...(typeof route?.path === 'string' ? { route: route.path } : {}),
  };
}

function describeResponse(value: unknown): Record<string, unknown> {
  const source = unwrap(value);
  return source instanceof ServerResponse ? { status: source.statusCode } : {};
}

/** pino-http hands over its own picture of a request with the original under `raw`. */
function unwrap(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'raw' in value ? value.raw : value;
}
