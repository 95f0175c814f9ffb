import { setTimeout as wait } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { type NativeConnection, Worker } from '@temporalio/worker';
import { createDataConverter, createGateCodec } from '../platform/codec.ts';
import type { GateCodecKey } from '../platform/keys.ts';
import type { Log } from '../platform/log.ts';
import { stopTimes } from '../platform/stop-times.ts';
import { connectWorkerBy, type EngineWay, keepKeyFresh } from '../platform/temporal.ts';
import { waitingOf } from '../platform/waiting.ts';
import { type GateActivities, gateTaskQueue } from '../workflows/messages/gate.ts';
import type { FeedPuller } from './feed-puller.ts';
import type { Position } from './position.ts';

/** Answers on the queue `gate-<id>`: applies the feed through a position. Looks for the engine for ever. */
export interface Acknowledger {
  /** The name by which the engine knows the worker. @throws Error while there is none. */
  running(): string;
  stop(): Promise<void>;
}

const pause = 2_000;
const unanswered = 'the queue of this gate is not answered';

export function startAcknowledger(parts: {
  gate: string;
  way: EngineWay;
  codecKey: GateCodecKey;
  puller: FeedPuller;
  position: Position;
  log: Log;
  /** A worker that runs for so long, in ms, is one; one that cannot work ends at once. */
  steady?: number;
}): Acknowledger {
  const { gate, way, codecKey, log, steady = 5_000 } = parts;
  const stopping = new AbortController();
  let worker: Worker | undefined;

  async function serve(connection: NativeConnection): Promise<void> {
    worker = await Worker.create({
      connection,
      namespace: way.namespace,
      taskQueue: gateTaskQueue(gate),
      activities: createGateActivities(parts),
      dataConverter: createDataConverter(createGateCodec(codecKey)),
      maxConcurrentActivityTaskExecutions: 2,
      shutdownGraceTime: stopTimes.activities.gate.cancelledAfter,
      shutdownForceTime: stopTimes.activities.gate.leftAfter,
    });
    const stop = () => worker?.getState() === 'RUNNING' && worker.shutdown();
    stopping.signal.addEventListener('abort', stop);
    let holds: NodeJS.Timeout | undefined;
    try {
      const done = worker.run();
      holds = setTimeout(() => waitingOf(log).worked(unanswered), steady);
      if (stopping.signal.aborted) stop();
      await done;
    } finally {
      clearTimeout(holds);
      stopping.signal.removeEventListener('abort', stop);
      worker = undefined;
    }
  }

  /** An attempt on a server that is away takes seconds: a stop does not wait for it. */
  async function connect(): Promise<NativeConnection> {
    const connecting = connectWorkerBy(way, { log, signal: stopping.signal });
    const { promise: stopped, reject } = Promise.withResolvers<never>();
    stopping.signal.addEventListener('abort', () => reject(stopping.signal.reason), { once: true });
    try {
      return await Promise.race([connecting, stopped]);
    } catch (error) {
      connecting.then((late) => late.close()).catch(() => undefined);
      throw error;
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        const connection = await connect();
        const stop = keepKeyFresh(connection, way);
        await serve(connection)
          .finally(stop)
          .finally(() => connection.close());
      } catch (error) {
        if (!stopping.signal.aborted) waitingOf(log).failed(unanswered, error);
      }
      await wait(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }
  const running = run();

  return {
    running() {
      const { identity } = worker?.getState() === 'RUNNING' ? worker.options : {};
      if (!identity) throw new Error('The engine is not reached');
      return identity;
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function createGateActivities(parts: { puller: FeedPuller; position: Position }): GateActivities {
  return {
    async applyThrough({ position }) {
      // A reading that is nearly done may have asked before this position was there: the second asks after.
      for (let tries = 0; tries < 2 && parts.position.applied() < position; tries += 1) await parts.puller.pull();
      const applied = parts.position.applied();
      if (applied < position) throw ApplicationFailure.retryable('The feed is behind', 'feed_behind');
      return { applied };
    },
  };
}
