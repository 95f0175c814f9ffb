import type { Client } from '@temporalio/client';
import type { Knex } from 'knex';
import type { Answer } from '../domain/request.ts';
import { minute } from '../domain/time.ts';
import { notFound } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import type { Rounds } from '../platform/rounds.ts';
import { inSpan, saySpan } from '../platform/tracing.ts';
import { alsoSigned } from '../store/approval/signing.ts';
import { beginningOf } from '../store/reservations/beginning.ts';
import { answerRequest, findRequest, type KeptRequest, recordFault } from '../store/reservations/request.ts';
import type { RenewAfter } from '../workflows/messages/carried.ts';
import type { Durations } from '../workflows/messages/reservation.ts';
import { createRelay } from './relay.ts';
import { faultCode, send } from './send.ts';

/** From a kept request to its answer. A page waits a moment; the relay sends the same id until it is answered. */

export type Delivery = { status: 'answered'; answer: Answer } | { status: 'pending' };

export interface Deliverer {
  /**
   * Sends a kept request and waits at most `waitMs` for its answer. A refusal is an answer (`ok: false`).
   *
   * @throws AppError `not_found` when no such request was kept; nothing else: what goes wrong is written to the row.
   */
  deliver(requestId: string, waitMs?: number): Promise<Delivery>;
  /** False when the last request that was sent here had no answer, and that is no longer ago than a minute. */
  isAnswered(): boolean;
  /** Runs in `worker`. */
  relay: Rounds;
}

export function createDelivery(deps: {
  db: Knex;
  client: Client;
  durations: Durations;
  renewAfter?: RenewAfter;
  log: Log;
}): Deliverer {
  const { db, client, durations, renewAfter, log } = deps;
  /** On the clock of the process; forgotten at the next answer. */
  let unansweredAt: number | undefined;

  async function deliver(requestId: string, waitMs = 3_000): Promise<Delivery> {
    const request = await findRequest(db, requestId);
    if (!request) throw notFound();
    if (request.answer) return { status: 'answered', answer: request.answer };
    const attempt = inSpan(spanOf(request), () => sendAndRecord(request, waitMs));
    return Promise.race([attempt, pendingAfter(waitMs, attempt)]);
  }

  async function sendAndRecord(kept: KeptRequest, waitMs: number): Promise<Delivery> {
    try {
      const about = await beginningOf(db, kept.reservation);
      const request = await withSignatures(db, kept);
      const answer = await inSpan({ name: `update ${kept.kind}`, kind: 'client' }, () =>
        client.withDeadline(Date.now() + waitMs, () =>
          send(client, { request, durations, ...(renewAfter && { renewAfter }), ...about }),
        ),
      );
      unansweredAt = undefined;
      await inSpan({ name: 'write answer', kind: 'client' }, () => answerRequest(db, kept.id, answer));
      return { status: 'answered', answer };
    } catch (error) {
      unansweredAt = performance.now();
      const fault = faultCode(error);
      saySpan({ 'error.type': fault });
      log.warn({ request: kept.id, reservation: kept.reservation, kind: kept.kind, fault }, 'not answered yet');
      await recordFault(db, kept.id, fault).catch(() => {});
      return { status: 'pending' };
    }
  }

  return {
    deliver,
    isAnswered: () => unansweredAt === undefined || performance.now() - unansweredAt > minute,
    relay: createRelay({ db, log, deliver }),
  };
}

/** In the trace of its visit, whether the page delivers it that kept it, or a worker later. */
const spanOf = ({ id, kind, reservation, createdAt }: KeptRequest) => ({
  name: `deliver ${kind}`,
  visit: reservation,
  attributes: {
    'xiaomen.request': id,
    'xiaomen.request.kind': kind,
    'xiaomen.request.waited_ms': Math.max(0, Date.now() - createdAt.getTime()),
  },
});

/** What was decided is said with the later steps that its signer signs with it. */
async function withSignatures(db: Knex, request: KeptRequest): Promise<KeptRequest> {
  if (request.kind !== 'decide') return request;
  const also = await alsoSigned(db, request.id);
  return also.length > 0 ? { ...request, payload: { ...request.payload, also } } : request;
}

/** A connection that is still being made ignores the deadline; a page does not. */
async function pendingAfter(waitMs: number, attempt: Promise<Delivery>): Promise<Delivery> {
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise<Delivery>((resolve) => {
    timer = setTimeout(() => resolve({ status: 'pending' }), waitMs);
  });
  attempt.finally(() => clearTimeout(timer));
  return waited;
}
