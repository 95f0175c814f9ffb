import type { Knex } from 'knex';
import type { RevocationReason, RevokingRole } from '../../domain/revocation.ts';
import { day, dayOf, startOfDay } from '../../domain/time.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { AppError } from '../../platform/errors.ts';

/** Who may end an approved visit, and what they said of it: a decision beside its request, of the same id. */

/** SQL: the department of reservation `r` and every one above it. */
export const departmentsAbove = `
  with recursive above (id) as (
    select r.department_id
    union
    select d.parent_id from above a join department d on d.id = a.id where d.parent_id is not null)
  select id from above`;

/** SQL beside reservation `r`: the security desk `:staff` is one of its campus, or of the whole university. */
export const deskOfCampus = `exists (
  select from staff_role m left join department own on own.id = m.department_id
  where m.staff_id = :staff and m.role = 'security' and (m.department_id is null or own.campus_id = r.campus_id))`;

/**
 * SQL beside reservation `r`: the security desk `:staff` looks after it, and it is a visit of today. Bindings: `staff`, and
 * the bounds of today, `today` and `tomorrow`.
 */
export const isAtDesk = `r.visit_from < :tomorrow and r.visit_until > :today and ${deskOfCampus}`;

/** The day in Asia/Shanghai. */
export function boundsOfToday(now = Date.now()): { today: Date; tomorrow: Date } {
  const today = startOfDay(dayOf(now));
  return { today, tomorrow: new Date(today.getTime() + day) };
}

/**
 * As what this person may end this visit: an approver or head of the department that is visited, of one above it or of the
 * university; the security desk of its campus on the day of the visit; an admin. Undefined: not at all.
 */
export async function rightToRevoke(db: Knex, staff: string, reservation: string): Promise<RevokingRole | undefined> {
  const holds = (role: string) => `exists (select from staff_role m where m.staff_id = s.id and m.role = '${role}'
    and (m.department_id is null or m.department_id in (${departmentsAbove})))`;
  const { rows } = await db.raw<{ rows: { role: RevokingRole | null }[] }>(
    `select case when ${holds('approver')} then 'approver' when ${holds('head')} then 'head'
        when ${isAtDesk} then 'security' when s.is_admin then 'admin' end as role
      from staff s join reservation r on r.id = :reservation
      where s.id = :staff and s.left_at is null`,
    { staff, reservation, ...boundsOfToday() },
  );
  return rows[0]?.role ?? undefined;
}

const column = (request: string) => ({ table: 'decision', column: 'reason_enc', row: request });

/**
 * Keeps why, and as what; the same id again changes nothing.
 *
 * @returns whether it was new.
 * @throws AppError `may_not_revoke` (403) when this person may not end this visit at this moment
 */
export async function keepRevocation(
  trx: Knex,
  cipher: FieldCipher,
  revocation: {
    request: string;
    reservation: string;
    staff: string;
    reason: RevocationReason;
    /** Typed beside it; '' for none. */
    text: string;
    ordinal?: number;
  },
): Promise<boolean> {
  const { request, reservation, staff, reason, text, ordinal } = revocation;
  const role = await rightToRevoke(trx, staff, reservation);
  if (!role) throw new AppError('may_not_revoke', { status: 403 });
  const standing = await trx('reservation').where({ id: reservation }).first('submission_id', 'department_id');
  const inserted = await trx('decision')
    .insert({
      request_id: request,
      reservation_id: reservation,
      submission_id: standing.submission_id,
      department_id: standing.department_id,
      staff_id: staff,
      verdict: 'revoked',
      reason_enc: text ? cipher.seal(column(request), text) : null,
      revoked_for: reason,
      revoked_as: role,
      revoked_ordinal: ordinal ?? null,
    })
    .onConflict('request_id')
    .ignore()
    .returning('request_id');
  return inserted.length > 0;
}

/** One that was asked for and not refused. */
export interface Revocation {
  /** By name. */
  by: string;
  at: Date;
  /** The only person whose pass it ends; null: everybody's. */
  ordinal: number | null;
  /** The transition that did it; null while it is on its way. */
  seq: number | null;
}

/** The oldest first. */
export async function revocationsOf(db: Knex, reservation: string): Promise<Revocation[]> {
  return db('decision as d')
    .join('request as q', 'q.id', 'd.request_id')
    .join('staff as s', 's.id', 'd.staff_id')
    .where({ 'd.reservation_id': reservation, 'd.verdict': 'revoked' })
    .whereNot('q.status', 'refused')
    .orderBy('d.created_at')
    .select(
      's.name as by',
      'd.created_at as at',
      'd.revoked_ordinal as ordinal',
      db.raw(`(q.answer->>'seq')::int as seq`),
    );
}
