import { setTimeout as wait } from 'node:timers/promises';
import { Client, type TLSConfig } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import { type LogMetadata, NativeConnection, Runtime } from '@temporalio/worker';
import { createDataConverter } from './codec.ts';
import type { TemporalSettings } from './config.ts';
import { engineTls } from './engine-certificates.ts';
import { openConnection } from './engine-connection.ts';
import { hostInAddress } from './host-in-address.ts';
import type { Log } from './log.ts';
import { waitingOf } from './waiting.ts';

export interface TemporalClient {
  client: Client;
  close(): Promise<void>;
}

/** The way to the engine: itself, or a gate's through the door. */
export interface EngineWay {
  /** Host and port. */
  address: string;
  namespace: string;
  /** False or left out: in clear. */
  tls?: TLSConfig | boolean;
  /** Sent with each call; what makes a new one from time to time is asked for it. */
  apiKey?: string | (() => string);
}

/** A client that starts without the server and finds it when it is there: pages open while the engine is down. */
export const connectClient = (settings: TemporalSettings, codec: PayloadCodec): TemporalClient =>
  connectClientBy(wayOf(settings), codec);

export function connectClientBy({ namespace, ...options }: EngineWay, codec: PayloadCodec): TemporalClient {
  const { connection, close } = openConnection(options);
  return { client: new Client({ connection, namespace, dataConverter: createDataConverter(codec) }), close };
}

/**
 * The worker's connection. `NativeConnection.connect` throws while the server is down, so it is tried again,
 * every 0.2 s growing to 5 s, until it is there or `signal` aborts.
 */
export const connectWorker = (settings: TemporalSettings, when: { log: Log; signal?: AbortSignal }) =>
  connectWorkerBy(wayOf(settings), when);

/** The same by any way. */
export async function connectWorkerBy(
  way: EngineWay,
  { log, signal }: { log: Log; signal?: AbortSignal },
): Promise<NativeConnection> {
  const waiting = waitingOf(log);
  const work = 'no tasks are taken';
  for (let delay = 200; ; delay = Math.min(delay * 2, 5_000)) {
    try {
      const connection = await connected(connectNative(way), signal);
      waiting.worked(work);
      return connection;
    } catch (error) {
      signal?.throwIfAborted();
      waiting.failed(work, error, { part: 'the engine' });
      await wait(delay, undefined, signal ? { signal } : {});
    }
  }
}

async function connectNative({ namespace: _, apiKey, tls = false, address }: EngineWay): Promise<NativeConnection> {
  const key = typeof apiKey === 'function' ? apiKey() : apiKey;
  return NativeConnection.connect({ address, tls, ...(key && { apiKey: key }) });
}

/** How often a key that is made anew is looked at, in ms. */
const keyEvery = 5_000;

/** A worker's connection is told of each new key. @returns to be called before the connection is closed */
export function keepKeyFresh(connection: NativeConnection, { apiKey }: EngineWay): () => void {
  if (typeof apiKey !== 'function') return () => {};
  let sent = '';
  const renew = async () => {
    const key = apiKey();
    if (key !== sent) await connection.setApiKey(key);
    sent = key;
  };
  // One that was not taken is offered again; a connection whose key is too old is refused, and made anew.
  const renewing = setInterval(() => renew().catch(() => undefined), keyEvery);
  return () => clearInterval(renewing);
}

/** A server that takes the connection and says nothing is waited for half a minute: a stop does not wait with it. */
async function connected(connecting: Promise<NativeConnection>, signal?: AbortSignal): Promise<NativeConnection> {
  if (!signal) return connecting;
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([connecting, stopped.promise]);
  } catch (error) {
    connecting.then((connection) => connection.close()).catch(() => {});
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

let runtime: Runtime | undefined;

/**
 * Before any worker connection: the core's own log goes where ours goes. A second call in a process changes nothing.
 * With a port, the core answers `/metrics` there by itself, beside our own: it counts where no JavaScript runs.
 */
export function installRuntime(
  log: Log,
  {
    OPS_HOST: host = '127.0.0.1',
    OPS_ENGINE_PORT: port,
  }: { OPS_HOST?: string; OPS_ENGINE_PORT?: number | undefined } = {},
): Runtime {
  const metricsAddress = port === undefined ? undefined : `${hostInAddress(host)}:${port}`;
  const tell = (level: string, message: string, meta?: LogMetadata): void => {
    log[ourLevels[level] ?? 'debug'](meta ? partsOf(meta) : {}, message);
  };
  runtime ??= Runtime.install({
    logger: {
      log: (level, message, meta) => tell(level, message, meta),
      trace: () => {},
      debug: (message, meta) => tell('DEBUG', message, meta),
      info: (message, meta) => tell('INFO', message, meta),
      warn: (message, meta) => tell('WARN', message, meta),
      error: (message, meta) => tell('ERROR', message, meta),
    },
    telemetryOptions: {
      logging: { forward: {}, filter: 'WARN' },
      ...(metricsAddress ? { metrics: { prometheus: asPrometheusNames(metricsAddress) } } : {}),
    },
    // Each process handles signals itself, in the order it needs.
    shutdownSignals: [],
  });
  return runtime;
}

/** Names and units as Prometheus has them: counters end in `_total`, durations are in seconds. */
const asPrometheusNames = (bindAddress: string) => ({
  bindAddress,
  countersTotalSuffix: true,
  unitSuffix: true,
  useSecondsForDurations: true,
});

/** The SDK hands whole errors over: their messages are dropped by our log, as everybody's. */
function partsOf(meta: LogMetadata): Record<string, unknown> {
  const { workflowId, activityType, taskQueue, attempt, state, error } = meta;
  const fields = { workflow: workflowId, kind: activityType, queue: taskQueue, attempt, stage: state, err: error };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

const ourLevels: Record<string, 'debug' | 'info' | 'warn' | 'error'> = {
  TRACE: 'debug',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

const wayOf = (settings: TemporalSettings): EngineWay => ({
  ...connectionOptions(settings),
  namespace: settings.TEMPORAL_NAMESPACE,
});

/** Where the engine is and how to be let in: for the clients here, and for tools that connect by themselves. */
export function connectionOptions(settings: TemporalSettings) {
  return {
    address: settings.TEMPORAL_ADDRESS,
    ...(settings.TEMPORAL_TLS ? { tls: engineTls(settings) } : {}),
    ...(settings.TEMPORAL_API_KEY ? { apiKey: settings.TEMPORAL_API_KEY } : {}),
  };
}
