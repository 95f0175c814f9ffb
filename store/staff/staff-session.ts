import type { Knex } from 'knex';

/** Sessions of staff, as their owner tells them apart. Of where they are used no more is kept than the kind of device. */

/** However much it is used, a session of staff ends so many hours after the login. */
export const longestStaffSession = 12;

export interface OpenStaffSession {
  id: string;
  /** Such as "Chrome · Windows"; '' where the browser did not say. */
  device: string;
  beganAt: Date;
  /** To a few minutes. */
  usedAt: Date;
  endsAt: Date;
  /** The one that asks. */
  own: boolean;
}

/** Newest first. @param sid of the session that asks */
export async function openStaffSessions(db: Knex, staff: string, sid?: string): Promise<OpenStaffSession[]> {
  const rows = await db('staff_session')
    .whereRaw(`sess->>'staff' = ? and ${stillOpen}`, [staff])
    .orderBy('began_at', 'desc')
    .select('id', 'began_at', {
      device: db.raw(`coalesce(sess->>'device', '')`),
      used_at: db.raw(`coalesce(to_timestamp((sess->>'keptAt')::numeric / 1000), began_at)`),
      ends_at: db.raw(`least(expire, began_at + interval '${longestStaffSession} hours')`),
      own: db.raw('sid = ?', [sid ?? '']),
    });
  return rows.map((row) => ({
    id: row.id,
    device: row.device,
    beganAt: row.began_at,
    usedAt: row.used_at,
    endsAt: row.ends_at,
    own: row.own,
  }));
}

/** SQL: of a row of `staff_session` that somebody can still come back to. */
export const stillOpen = `expire >= now() and began_at > now() - interval '${longestStaffSession} hours'`;

/**
 * Signs out whoever came in by a ticket of the university's CAS, which says that it is over.
 * @param tickets the ticket's keyed hash, hex, by every key
 * @returns whose sessions ended
 */
export async function endSessionsOfTicket(trx: Knex, tickets: string[]): Promise<string[]> {
  const ended = await trx('staff_session')
    .whereRaw(`sess->'university'->>'ticket' = any(?)`, [tickets])
    .delete()
    .returning<{ staff: string | null }[]>(trx.raw(`coalesce(sess->>'staff', sess->'passed'->>'staff') as staff`));
  return ended.flatMap(({ staff }) => staff ?? []);
}

/** Signs somebody out wherever the university signed them in, by one of its ways. */
export async function endSessionsBy(trx: Knex, { staff, by }: { staff: string; by: string }): Promise<void> {
  await endStaffSessions(trx, { staff }).whereRaw(`sess->'university'->>'by' = ?`, [by]);
}

/**
 * Signs somebody out: everywhere, or of one session of theirs. A session that has passed the password and waits for the code
 * is one too. @returns how many ended
 */
export function endStaffSessions(
  trx: Knex,
  { staff, id }: { staff: string; id?: string },
): Knex.QueryBuilder<object, number> {
  return trx('staff_session')
    .whereRaw(`(sess->>'staff' = :staff or sess->'passed'->>'staff' = :staff)`, { staff })
    .modify((query) => {
      if (id) query.where({ id });
    })
    .delete();
}
