import type { Transaction } from '../platform/db.ts';
import type { Pass } from '../store/passes/pass.ts';
import { findBinding } from '../store/passes/phone-binding.ts';
import { lockReservation } from '../store/reservations/lock.ts';

/** The visit that passes are made for, and the phones that they are bound to. */

export interface IssuedVisit {
  reservation: string;
  lead: string;
  campus: { id: string; number: number };
  gates: number[];
  from: Date;
  until: Date;
}

/** Undefined when the reservation is closed. Locks its row: closing waits, or has happened. */
export async function findVisit(
  trx: Transaction,
  reservation: string,
  submission: string,
): Promise<IssuedVisit | undefined> {
  const row = await lockReservation(trx, reservation);
  if (!row || row.stage === 'closed' || row.passesEnded) return undefined;
  const visit = await trx('submission as s')
    .join('campus as c', 'c.id', 's.campus_id')
    .where({ 's.id': submission, 's.reservation_id': reservation })
    .first('s.visit_from', 's.visit_until', 'c.id as campus', 'c.number');
  if (!visit) return undefined;
  const gates = await trx('gate')
    .where({ campus_id: visit.campus, retired_at: null })
    .orderBy('number')
    .pluck('number');
  return {
    reservation,
    lead: row.visitor,
    campus: { id: visit.campus, number: visit.number },
    gates,
    from: visit.visit_from,
    until: visit.visit_until,
  };
}

export const isSameVisit = (pass: Pass, { campus, from, until }: IssuedVisit): boolean =>
  pass.campus === campus.id && pass.from.getTime() === from.getTime() && pass.until.getTime() === until.getTime();

export interface Phone {
  binding: string;
  publicKey: Uint8Array;
}

export async function findPhone(trx: Transaction, binding: string, reservation: string): Promise<Phone | undefined> {
  const found = await findBinding(trx, binding);
  return found?.reservation === reservation ? { binding, publicKey: found.publicKey } : undefined;
}
