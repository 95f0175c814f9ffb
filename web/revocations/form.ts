import { randomUUID } from 'node:crypto';
import type { Response } from 'express';
import { approvedStages } from '../../domain/reservation.ts';
import { type RevocationReason, revocationReasons } from '../../domain/revocation.ts';
import { rightToRevoke } from '../../store/approval/revocation.ts';
import { partyOf } from '../../store/reservations/party.ts';
import { pendingRequestsOf } from '../../store/reservations/request.ts';
import { findReservation } from '../../store/reservations/reservation.ts';
import type { WebDeps } from '../deps.ts';
import { whoIs } from '../staff/guard.ts';

/** What a refused form shows again. */
export interface RevocationAgain {
  request: string;
  texts: Record<string, string>;
  /** Catalogue keys by field. */
  fields: Record<string, string>;
}

/** The form by which staff end a visit, as `form.ejs` draws it on each page that has one. */
export interface RevocationForm {
  to: string;
  request: string;
  /** One is on its way: nothing more is offered. */
  kept: boolean;
  /** Who may be taken out alone: everybody but the lead. */
  companions: { ordinal: number; name: string }[];
  reasons: readonly RevocationReason[];
  typed: Record<string, string>;
  fields: Record<string, string>;
}

/** @returns nothing where this person may not, or where nothing stands that could be ended */
export async function revocationForm(
  { db, cipher }: Pick<WebDeps, 'db' | 'cipher'>,
  res: Response,
  { reservation, to }: { reservation: string; to: string },
  again?: RevocationAgain,
): Promise<RevocationForm | undefined> {
  const [visit, right] = await Promise.all([
    findReservation(db, reservation),
    rightToRevoke(db, whoIs(res).id, reservation),
  ]);
  if (!visit?.submission || !visit.until || !right) return undefined;
  if (!approvedStages.includes(visit.stage) || visit.until.getTime() <= Date.now()) return undefined;
  const [party, pending] = await Promise.all([
    partyOf(db, cipher, visit.submission),
    pendingRequestsOf(db, reservation),
  ]);
  return {
    to,
    request: again?.request ?? randomUUID(),
    kept: pending.some(({ kind }) => kind === 'revoke'),
    companions: [...party.people, ...party.awaited]
      .filter(({ ordinal }) => ordinal > 0)
      .toSorted((one, other) => one.ordinal - other.ordinal)
      .map(({ ordinal, name }) => ({ ordinal, name })),
    reasons: revocationReasons,
    typed: again?.texts ?? {},
    fields: again?.fields ?? {},
  };
}
