import type { Knex } from 'knex';
import type { CashDue, CashEnd, CashNote } from '../../domain/gate-cash.ts';
import { maskName } from '../../domain/masking.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import type { Transaction } from '../../platform/db.ts';
import { rowCipher } from '../../platform/row-cipher.ts';
import { securityAt } from '../staff/gate-pin.ts';
import { lockAccount } from './account.ts';
import { type Due, dueOf } from './due.ts';
import { findOrder, takeCash } from './order.ts';

/** Cash for a vehicle, taken by the security desk of the campus: at a gate or at the desk. */

/** Of one campus at one moment; a campus that has more waits for its first payments. */
const mostVisits = 5_000;
const mostFound = 20;

/** What vehicles with this plate have to pay now, on whichever day they come. Plates are compared in clear, as at the desk. */
export async function cashDues(
  db: Knex,
  cipher: FieldCipher,
  { campus, plate }: { campus: string; plate: string },
): Promise<CashDue[]> {
  const visits = (await unpaidVisits(db).where({ campus_id: campus }).orderBy('visit_from').limit(mostVisits)).map(
    readVisit,
  );
  const people = await db('reservation_person')
    .whereIn(
      'submission_id',
      visits.flatMap(({ submission, change }) => [submission, ...(change ? [change.submission] : [])]),
    )
    .whereNotNull('plate_enc')
    .whereNull('erased_at')
    .select('id', 'reservation_id', 'plate_enc');
  const fits = new Set(
    people
      .filter((row) => rowCipher(cipher, 'reservation_person', row.id).open('plate_enc', row.plate_enc) === plate)
      .map((row) => row.reservation_id),
  );
  const found: CashDue[] = [];
  for (const visit of visits.filter(({ id }) => fits.has(id)).slice(0, mostFound)) {
    const due = await dueOf(db, visit);
    if (!due) continue;
    found.push({
      reservation: visit.id,
      lead: await leadOf(db, cipher, visit.submission),
      amount: due.amount,
      from: visit.from,
      until: visit.until,
    });
  }
  return found;
}

/** What one visit has to pay now; undefined: nothing, or there is no such visit. */
export async function cashDueOf(db: Knex, reservation: string): Promise<Due | undefined> {
  const row = await unpaidVisits(db).where({ id: reservation }).first();
  return row && dueOf(db, readVisit(row));
}

/** Who may take money at a campus: its security desk. By name. */
export async function cashiersAt(db: Knex, campus: string): Promise<{ id: string; name: string }[]> {
  return securityAt(db, campus).orderBy(['s.name', 's.username']).select('s.id', 's.name');
}

/**
 * Money that was taken becomes a payment, once for each id. What is due is looked at under the lock of the account: a visit that is over
 * by then, or owes another sum, takes nothing in.
 *
 * @param cash `campus`: where it is taken; `guard`: who takes it
 * @returns `noted` also where it was noted before; `isNew` then is false
 */
export async function noteCash(
  trx: Transaction,
  { id, reservation, campus, amount, guard }: CashNote & { campus: string },
): Promise<{ end: CashEnd; isNew: boolean }> {
  const ended = (end: CashEnd) => ({ end, isNew: false });
  if (!(await trx('reservation').where({ id: reservation, campus_id: campus }).first('id'))) return ended('not_due');
  if (!(await cashiersAt(trx, campus)).some((cashier) => cashier.id === guard)) return ended('no_guard');
  const { owed } = await lockAccount(trx, reservation);
  const before = await findOrder(trx, id);
  if (before) {
    const isSame = before.reservation === reservation && before.method === 'cash' && before.amount === amount;
    return ended(isSame ? 'noted' : 'other_note');
  }
  const due = owed === null ? await cashDueOf(trx, reservation) : undefined;
  if (!due) return ended('not_due');
  if (due.amount !== amount) return ended('other_amount');
  const { submission, payBy } = due;
  await takeCash(trx, { id, reservation, submission, amount, payBy, takenBy: guard });
  return { end: 'noted', isNew: true };
}

const unpaidVisits = (db: Knex) =>
  db('reservation')
    .whereNotNull('submission_id')
    .where((waiting) =>
      waiting
        .where({ stage: 'payment' })
        .orWhere((changing) => changing.where({ stage: 'visit' }).whereNotNull('change_submission_id')),
    )
    .select(
      'id',
      'stage',
      'submission_id',
      'stage_until',
      'change_submission_id',
      'change_until',
      'visit_from',
      'visit_until',
    );

const readVisit = (row: {
  id: string;
  stage: 'payment' | 'visit';
  submission_id: string;
  stage_until: Date | null;
  change_submission_id: string | null;
  change_until: Date | null;
  visit_from: Date;
  visit_until: Date;
}) => ({
  id: row.id,
  stage: row.stage,
  submission: row.submission_id,
  stageUntil: row.stage_until,
  change:
    row.change_submission_id && row.change_until
      ? { submission: row.change_submission_id, until: row.change_until }
      : null,
  from: row.visit_from.getTime(),
  until: row.visit_until.getTime(),
});

async function leadOf(db: Knex, cipher: FieldCipher, submission: string): Promise<string | null> {
  const row = await db('reservation_person').where({ submission_id: submission, ordinal: 0 }).first('id', 'name_enc');
  const name = row?.name_enc && rowCipher(cipher, 'reservation_person', row.id).open('name_enc', row.name_enc);
  return name ? maskName(name) : null;
}
