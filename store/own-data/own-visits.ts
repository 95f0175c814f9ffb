import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { passStages } from '../../domain/reservation.ts';
import { takeOut } from '../companions/companion-ready.ts';
import { comes } from '../reservations/leaving.ts';
import { keepRequest } from '../reservations/request.ts';

/** An account's open visits: they hold up its deletion, and are ended here. */

export interface RunningVisit {
  id: string;
  /** When its window ends; past while its outcome is still being settled. */
  until: Date;
}

/** Approved, and begun: passes are in use. Led by the account, or gone along on. The one that ends last comes last. */
export async function runningVisits(db: Knex, visitor: string): Promise<RunningVisit[]> {
  const rows = await db('reservation as r')
    .whereIn('r.stage', [...passStages])
    .where('r.visit_from', '<=', db.fn.now())
    .where((own) =>
      own
        .where('r.visitor_id', visitor)
        .orWhereExists(
          db('reservation_person as p')
            .whereRaw('p.submission_id = r.submission_id and p.visitor_id = ? and p.ordinal > 0', [visitor])
            .whereRaw(comes('p.ordinal')),
        ),
    )
    .orderBy('r.visit_until')
    .select('r.id', 'r.visit_until');
  return rows.map((row) => ({ id: row.id, until: row.visit_until }));
}

/** Whether a visit that the account leads is still open, was approved and ended by nothing but its row, or something of it is on its way. */
export async function hasOpenVisits(db: Knex, visitor: string): Promise<boolean> {
  const open = await db('reservation as r')
    .where('r.visitor_id', visitor)
    .whereRaw('not is_over(r)')
    .where((visit) =>
      visit
        .whereNotNull('r.submission_id')
        .orWhereExists(db('request as q').whereRaw(`q.reservation_id = r.id and q.status = 'pending'`)),
    )
    .first('r.id');
  return open !== undefined;
}

/** Asks every visit that the account leads, and whose window is not over, to be cancelled. @returns the requests */
export async function cancelOpenVisits(trx: Knex, visitor: string): Promise<string[]> {
  const open: { id: string }[] = await trx('reservation as r')
    .where('r.visitor_id', visitor)
    .whereNotNull('r.submission_id')
    .whereNot('r.stage', 'closed')
    .where('r.visit_until', '>', trx.fn.now())
    .whereNotExists(
      trx('request as q').whereRaw(`q.reservation_id = r.id and q.kind = 'cancel' and q.status = 'pending'`),
    )
    .select('r.id');
  const requests: string[] = [];
  for (const { id: reservation } of open) {
    const id = randomUUID();
    await keepRequest(trx, { id, reservation, kind: 'cancel', actor: { kind: 'visitor', id: visitor }, payload: {} });
    requests.push(id);
  }
  return requests;
}

/** Asks every open visit that the account goes along on to take it out. @returns the requests */
export async function leaveOpenVisits(trx: Knex, visitor: string): Promise<string[]> {
  const requests: string[] = [];
  for (const companion of await trx('companion').where({ member_id: visitor }).orderBy('id').pluck('id')) {
    requests.push(...(await takeOut(trx, companion, { kind: 'visitor', id: visitor })));
  }
  return requests;
}
