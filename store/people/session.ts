import type { FieldCipher } from '../../platform/crypto.ts';
import type { Reads } from '../../platform/reads.ts';
import { openTaskCount } from '../approval/waiting.ts';
import { readStaff, type Staff, type StaffRow, staffColumns } from '../staff/staff.ts';
import { stillOpen } from '../staff/staff-session.ts';
import { type AccountRow, accountColumns, accountOf, readAccount, type Visitor } from './visitor.ts';

/**
 * Sessions: plain JSON by a random id, gone at once when the row is. Every page begins with its session and the person it
 * belongs to, so both are read at once.
 */
export type SessionUse = 'visitor' | 'staff';

/** @param sess the session's JSON. Nobody in it, or somebody who may not come in any more: no `visitor`. */
export interface KeptVisitorSession {
  sess: unknown;
  visitor: Visitor | undefined;
}
export interface KeptStaffSession {
  sess: unknown;
  staff: Staff | undefined;
  /** Tasks that wait for this staff member. */
  waiting: number;
}

/** @param notice whose consent matters. */
export async function findVisitorSession(
  reads: Reads,
  cipher: FieldCipher,
  sid: string,
  notice: string,
): Promise<KeptVisitorSession | undefined> {
  const [row] = await reads.rows<AccountRow & { sess: unknown }>(visitorSession, [sid, notice]);
  return row && { sess: row.sess, visitor: row.id ? readAccount(cipher, row) : undefined };
}

const visitorSession = `select k.sess, ${accountColumns} from visitor_session k
  left join ${accountOf("(k.sess->>'visitor')::uuid", '$2')}
  where k.sid = $1 and k.expire >= now()`;

/** A demo login is somebody in demo mode only. */
export async function findStaffSession(
  reads: Reads,
  sid: string,
  allowed: { demo: boolean },
): Promise<KeptStaffSession | undefined> {
  const [row] = await reads.rows<StaffRow & { sess: unknown; waiting: number }>(staffSession, [sid]);
  return row && { sess: row.sess, staff: row.id ? readStaff(row, allowed) : undefined, waiting: row.waiting };
}

const staffSession = `select k.sess, ${staffColumns},
    ${openTaskCount('s.id')} as waiting
  from staff_session k
  left join staff s on s.id = (k.sess->>'staff')::uuid and s.left_at is null
  where k.sid = $1 and ${stillOpen}`;

/** A new session, under an id that nobody knows yet. */
export async function addSession(
  reads: Reads,
  use: SessionUse,
  session: { sid: string; sess: unknown; expire: Date },
): Promise<void> {
  await reads.rows(`insert into ${use}_session (sid, sess, expire) values ($1, $2, $3)`, [
    session.sid,
    JSON.stringify(session.sess),
    session.expire,
  ]);
}

/** Writes a session back where it still is: one that was ended meanwhile stays ended. */
export async function keepSession(
  reads: Reads,
  use: SessionUse,
  session: { sid: string; sess: unknown; expire: Date },
): Promise<void> {
  await reads.rows(`update ${use}_session set sess = $2, expire = $3 where sid = $1`, [
    session.sid,
    JSON.stringify(session.sess),
    session.expire,
  ]);
}

/** Ends the session that a one-time code opened. @returns what it held; undefined where it is not there any more */
export async function takeSessionOpenedBy(reads: Reads, code: string): Promise<Record<string, unknown> | undefined> {
  const [row] = await reads.rows<{ sess: Record<string, unknown> }>(
    `delete from visitor_session where sess->>'cameBy' = $1 and expire >= now() returning sess`,
    [code],
  );
  return row?.sess;
}

/** The same for the form that settled whose an idle account is, while it may come again. @param by the form, as any `settled.by` */
export async function takeSessionSettledBy(reads: Reads, by: string[]): Promise<Record<string, unknown> | undefined> {
  const [row] = await reads.rows<{ sess: Record<string, unknown> }>(
    `delete from visitor_session where sess->'settled'->>'by' = any($1) and expire >= now()
      and (sess->'settled'->>'until')::bigint > extract(epoch from now()) * 1000 returning sess`,
    [by],
  );
  return row?.sess;
}

/** @returns whether it was still there */
export async function dropSession(reads: Reads, use: SessionUse, sid: string): Promise<boolean> {
  const dropped = await reads.rows(`delete from ${use}_session where sid = $1 returning sid`, [sid]);
  return dropped.length > 0;
}

/** Deletes what nobody can come back to. */
export async function dropExpiredSessions(reads: Reads, use: SessionUse): Promise<void> {
  await reads.rows(`delete from ${use}_session where expire < now() - $1::interval`, ['1 minute']);
}
