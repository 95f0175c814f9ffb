import { setTimeout as wait } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { grpcStatusOf } from '../platform/grpc-status.ts';
import type { Log } from '../platform/log.ts';
import { inSpan } from '../platform/tracing.ts';
import { waitingOf } from '../platform/waiting.ts';
import { gateWorkflowId, strayEvent } from '../workflows/messages/gate.ts';
import { annulled, entered, type GateEvent, left, reservationWorkflowId } from '../workflows/messages/reservation.ts';
import type { AnsweredScans } from './answered-scans.ts';

/**
 * Tells each reservation's workflow what this gate saw, oldest first. An event leaves the outbox when the engine has
 * acknowledged it; it may arrive twice, and its id is recorded once.
 */
export interface Forwarder {
  /** Something waits. */
  wake(): void;
  stop(): Promise<void>;
  /** After a stop: no call is under way any more, the client may be closed. */
  settled(): Promise<void>;
}

const batch = 50;
const patience = 10_000;
const unheard = 'events wait to be forwarded';
const pause = { first: 500, longest: 10_000 };

export function startForwarder(parts: { client: Client; gate: string; scans: AnsweredScans; log: Log }): Forwarder {
  const { client, scans, log } = parts;
  const stopping = new AbortController();
  const waiting = waitingOf(log);
  // A call to an engine that is away takes seconds: a stop does not wait for it, the event stays on the disk.
  const { promise: stopped, reject: abandon } = Promise.withResolvers<never>();
  stopped.catch(() => undefined);
  let telling: Promise<void> = Promise.resolve();
  let woken = Promise.withResolvers<void>();

  async function forwardAll(): Promise<void> {
    for (;;) {
      const events = scans.waiting(batch);
      if (events.length === 0) return;
      for (const event of events) {
        if (stopping.signal.aborted) return;
        telling = inSpan(spanOf(event), () => client.withDeadline(Date.now() + patience, () => tell(client, event)));
        await Promise.race([telling, stopped]);
        waiting.worked(unheard);
        scans.markForwarded(event, Date.now());
        log.info(
          { event: event.event, reservation: event.reservation, kind: signalOf(event).name },
          'an event is forwarded',
        );
      }
    }
  }

  async function run(): Promise<void> {
    let delay = pause.first;
    while (!stopping.signal.aborted) {
      woken = Promise.withResolvers<void>();
      try {
        await forwardAll();
        delay = pause.first;
        if (!stopping.signal.aborted) await woken.promise;
      } catch (error) {
        if (stopping.signal.aborted) return;
        waiting.failed(unheard, error);
        await wait(delay, undefined, { signal: stopping.signal }).catch(() => undefined);
        delay = Math.min(delay * 2, pause.longest);
      }
    }
  }
  const running = run();

  return {
    wake: () => woken.resolve(),
    async stop() {
      stopping.abort();
      abandon(stopping.signal.reason);
      woken.resolve();
      await running;
    },
    settled: () => telling.catch(() => undefined),
  };
}

const signalOf = (event: GateEvent) =>
  event.annulled !== undefined ? annulled : event.direction === 'in' ? entered : left;

const spanOf = (event: GateEvent) => ({
  name: `signal ${signalOf(event).name}`,
  kind: 'client' as const,
  visit: event.reservation,
  attributes: { 'xiaomen.gate': event.gate },
});

/** By gRPC's numbers: the visit is unknown or closed, has had its 10,000 signals, or is not for this gate to tell. */
const refusedForGood: (number | undefined)[] = [status.NOT_FOUND, status.INVALID_ARGUMENT, status.PERMISSION_DENIED];

/**
 * Where the reservation takes the event not, the gate's own workflow does: one that cannot be told must not keep back all that were
 * seen after it. That workflow is begun by the server; one that is not there yet is told a little later.
 */
async function tell(client: Client, event: GateEvent): Promise<void> {
  try {
    await client.workflow.getHandle(reservationWorkflowId(event.reservation)).signal(signalOf(event), event);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError) && !refusedForGood.includes(grpcStatusOf(error))) throw error;
    await client.workflow.getHandle(gateWorkflowId(event.gate)).signal(strayEvent, event);
  }
}
