import type { Knex } from 'knex';
import { maskName } from '../../domain/masking.ts';
import type { VisitNews } from '../../domain/task-news.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import type { Transaction } from '../../platform/db.ts';
import { rowCipher } from '../../platform/row-cipher.ts';
import { findHostAccount } from '../approval/host.ts';
import { deskOfCampus } from '../approval/revocation.ts';
import type { Localized } from '../content/content-cache.ts';
import { isReachable } from '../messages/staff-contact.ts';
import { openAnswers } from '../reservations/visit-answers.ts';

/** A visit whose people were not seen leaving, as staff are told of it and answer for it. */
export interface StayingVisit {
  id: string;
  /** Masked; empty once it was erased. */
  lead: string;
  campus: Localized;
  department: Localized;
  from: Date;
  until: Date;
  /** The rung of the ladder (domain/overstay.ts); 0: nobody was asked, or nobody is asked any more. */
  rung: number;
  isOver: boolean;
  /** When somebody said that everybody has left. */
  saidLeftAt: Date | null;
}

export async function stayingVisit(db: Knex, cipher: FieldCipher, id: string): Promise<StayingVisit | undefined> {
  const row = await db('reservation as r')
    .join('campus as c', 'c.id', 'r.campus_id')
    .join('department as d', 'd.id', 'r.department_id')
    .leftJoin('reservation_person as p', (on) => on.on('p.submission_id', 'r.submission_id').andOnVal('p.ordinal', 0))
    .where('r.id', id)
    .first(
      'r.*',
      'p.id as person',
      'p.name_enc',
      ...['c', 'd'].flatMap((of) => [`${of}.name_zh as ${of}_zh`, `${of}.name_en as ${of}_en`]),
    );
  if (!row) return undefined;
  const name = row.person && rowCipher(cipher, 'reservation_person', row.person).open('name_enc', row.name_enc);
  return {
    id: row.id,
    lead: name ? maskName(name) : '',
    campus: { 'zh-CN': row.c_zh, en: row.c_en },
    department: { 'zh-CN': row.d_zh, en: row.d_en },
    from: row.visit_from,
    until: row.visit_until,
    rung: row.overstay,
    isOver: row.stage === 'closed',
    saidLeftAt: row.said_left_at,
  };
}

/**
 * Whom to ask whether the visitors have left, ids of staff who serve: the host; where no one account is known by that name, those
 * who approved the visit.
 */
export async function hostsOf(db: Knex, cipher: FieldCipher, reservation: string): Promise<string[]> {
  const row = await db('reservation as r')
    .join('submission as s', 's.id', 'r.submission_id')
    .where('r.id', reservation)
    .first('r.department_id', 's.id', 's.answers_enc', 's.host_enc', 's.note_enc');
  if (!row) return [];
  const { host } = openAnswers(cipher, row.id, row);
  const account = await findHostAccount(db, { department: row.department_id, host: host ?? undefined });
  return account ? [account] : signersOf(db, reservation);
}

const signersOf = (db: Knex, reservation: string): Promise<string[]> =>
  db('decision as d')
    .join('staff as s', 's.id', 'd.staff_id')
    .where({ 'd.reservation_id': reservation, 'd.verdict': 'approved' })
    .whereNull('s.left_at')
    .distinct()
    .pluck<string[]>('d.staff_id');

/** Whether this person may say that the visitors have left: their host, whoever approved them, and the security desk of the campus. */
export async function mayAnswerFor(
  db: Knex,
  cipher: FieldCipher,
  staff: string,
  reservation: string,
): Promise<boolean> {
  const desk = await db('reservation as r').where('r.id', reservation).whereRaw(deskOfCampus, { staff }).first('r.id');
  if (desk || (await signersOf(db, reservation)).includes(staff)) return true;
  return (await hostsOf(db, cipher, reservation)).includes(staff);
}

/** Everybody of the security desk of the visit's campus, or of the university, ids. */
export const desksOf = (db: Knex, reservation: string): Promise<string[]> =>
  db('staff as s')
    .joinRaw('join reservation r on r.id = ?', [reservation])
    .whereNull('s.left_at')
    .whereRaw(deskOfCampus.replace(':staff', 's.id'))
    .pluck<string[]>('s.id');

/** Queues it for those who can be reached by some channel; the others have the pages. The same key again is the same message. */
export async function tellStaffOfVisit(
  trx: Transaction,
  news: { kind: VisitNews; reservation: string; staff: string[]; key: string },
): Promise<void> {
  const reachable = await trx('staff_contact as c')
    .whereIn('c.staff_id', news.staff)
    .whereRaw(isReachable)
    .pluck('c.staff_id');
  if (reachable.length === 0) return;
  const { kind, reservation: reservation_id, key } = news;
  await trx('staff_message')
    .insert(reachable.map((staff_id) => ({ staff_id, kind, reservation_id, key: `${key}/${staff_id}` })))
    .onConflict('key')
    .ignore();
}
