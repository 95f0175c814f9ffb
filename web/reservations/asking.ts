import type { Request, Response } from 'express';
import type { Knex } from 'knex';
import { type Answer, actionOf, type RecordedKind } from '../../domain/request.ts';
import { lockAccount } from '../../store/people/account-lock.ts';
import { endTelling } from '../../store/reservations/refusal.ts';
import { findRequest, keepRequest, type NewRequest, pendingRequestsOf } from '../../store/reservations/request.ts';
import type { WebDeps } from '../deps.ts';
import { whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';

type VisitorRequest = NewRequest extends infer R
  ? R extends NewRequest & { kind: RecordedKind }
    ? Omit<R, 'actor'>
    : never
  : never;

/**
 * Keeps what a visitor asks of a reservation, with its rows and its audit in one transaction, and hands it to the
 * workflow. The same id again is the same request; another of the kind while one is on its way counts as that one.
 *
 * @param write the rows it speaks of; called once
 * @returns the refusal; undefined when it was granted, or is kept and on its way
 */
export async function askFor(
  deps: WebDeps,
  exchange: { req: Request; res: Response },
  wish: VisitorRequest,
  write: (trx: Knex) => Promise<void> = async () => {},
): Promise<Extract<Answer, { ok: false }> | undefined> {
  const { id: visitor } = whoVisits(exchange.res);
  const kept = await deps.db.transaction(async (trx) => {
    // One wish of a visitor at a time: two taps find each other here.
    await lockAccount(trx, visitor);
    const known = await findRequest(trx, wish.id);
    if (!known) {
      const waiting = await pendingRequestsOf(trx, wish.reservation);
      if (waiting.some(({ kind, actor }) => kind === wish.kind && actor.id === visitor)) return false;
      await write(trx);
    }
    await keepRequest(trx, { ...wish, actor: { kind: 'visitor', id: visitor } } as NewRequest);
    if (known) return true;
    const subject = { kind: 'reservation', id: wish.reservation } as const;
    await recordVisitor(deps, exchange, { action: actionOf(wish.kind), subject, detail: { request: wish.id } }, trx);
    return true;
  });
  if (!kept) return undefined;
  const delivered = await deps.delivery.deliver(wish.id);
  if (delivered.status !== 'answered' || delivered.answer.ok) return undefined;
  await endTelling(deps.db, wish.id);
  return delivered.answer;
}

/** Whether this visitor's request of this key was kept before, of that reservation where one is named, and not refused. */
export async function wasTaken(
  { db }: Pick<WebDeps, 'db'>,
  { key, lead, reservation }: { key: string; lead: string; reservation?: string },
): Promise<boolean> {
  const known = await findRequest(db, key);
  if (known?.actor.id !== lead || known.answer?.ok === false) return false;
  return reservation === undefined || known.reservation === reservation;
}
