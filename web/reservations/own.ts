import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import { notFound } from '../../platform/errors.ts';
import { type Accompanied, findAccompanied } from '../../store/reservations/accompanied.ts';
import { type AskedDraft, findAskedDraft } from '../../store/reservations/asked-draft.ts';
import { findReservationOf, type Reservation } from '../../store/reservations/reservation.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { whoVisits } from '../visitor/guard.ts';

/** A reservation with everything that a submitted one has. */
export type Submitted = Reservation & { submission: string; department: string; from: Date; until: Date };

/** The visitor's own reservation, which they lead. @throws AppError 404 for anybody else's */
export async function ownReservation({ db }: Pick<WebDeps, 'db'>, res: Response, id: unknown): Promise<Submitted> {
  const reservation = isUuid(id) ? await findReservationOf(db, whoVisits(res).id, id) : undefined;
  if (!reservation) throw notFound();
  return submittedOf(reservation);
}

/**
 * What the visitor may see under this id: the reservation that they lead, one that they asked for and that is on its
 * way, or one that they go along on. @throws AppError 404
 */
export async function findOwn(
  deps: Pick<WebDeps, 'db' | 'cipher'>,
  res: Response,
  id: unknown,
): Promise<{ reservation: Submitted } | { draft: AskedDraft } | { accompanied: Accompanied }> {
  const { db, cipher } = deps;
  if (!isUuid(id)) throw notFound();
  const { id: visitor } = whoVisits(res);
  const reservation = await findReservationOf(db, visitor, id);
  if (reservation) return { reservation: submittedOf(reservation) };
  const draft = await findAskedDraft(db, visitor, id);
  if (draft) return { draft };
  const accompanied = await findAccompanied(db, cipher, visitor, id);
  if (accompanied) return { accompanied };
  // Admitted between the two looks?
  return { reservation: await ownReservation(deps, res, id) };
}

function submittedOf(reservation: Reservation): Submitted {
  const { submission, department, from, until } = reservation;
  if (!submission || !department || !from || !until) throw notFound();
  return { ...reservation, submission, department, from, until };
}

/** The idempotency key of a form; a new one where it brought none. */
export function keyOf(req: Request): string {
  const given = textOf(req.body, 'key');
  return isUuid(given) ? given : randomUUID();
}
