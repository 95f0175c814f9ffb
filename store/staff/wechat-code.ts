import { createHash, randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { stillOpen } from './staff-session.ts';

/**
 * A code that a desktop shows and a phone opens within WeChat, to bind that WeChat: for one person, while their session on the
 * desktop lasts, for minutes, once. What is kept of it is a hash.
 */

const minutes = 5;

/** A new code; an earlier one of the same person is worthless. @returns the secret part of the address: 256 bits */
export async function makeWechatCode(trx: Knex, { staff, sid }: { staff: string; sid: string }): Promise<string> {
  await trx('staff_wechat_code').where({ staff_id: staff }).delete();
  const token = randomBytes(32).toString('base64url');
  await trx.raw(
    `insert into staff_wechat_code (staff_id, session_id, code_hash, expires_at)
     select :staff, k.id, :hash, now() + :minutes * interval '1 minute' from staff_session k
      where k.sid = :sid and k.sess->>'staff' = :staff::text`,
    { staff, sid, hash: hashOf(token), minutes },
  );
  return token;
}

export interface WechatCode {
  id: string;
  expiresAt: Date;
  staff: { id: string; name: string };
}

/** One that is still good. Used, replaced, over, unknown, and of a session that has ended are the same. */
export async function findWechatCode(
  db: Knex,
  by: { token: string } | { id: string } | { sid: string },
): Promise<WechatCode | undefined> {
  const row = await open(db)
    .where('token' in by ? { 'c.code_hash': hashOf(by.token) } : 'id' in by ? { 'c.id': by.id } : { 'k.sid': by.sid })
    .first('c.id', 'c.expires_at', 's.id as staff', 's.name');
  return row && { id: row.id, expiresAt: row.expires_at, staff: { id: row.staff, name: row.name } };
}

/** Uses it up. @returns false where another phone was faster, or it ended meanwhile */
export async function takeWechatCode(trx: Knex, id: string): Promise<boolean> {
  const good = await open(trx).where({ 'c.id': id }).forUpdate('c').first('c.id');
  if (!good) return false;
  const taken = await trx('staff_wechat_code').where({ id, used_at: null }).update({ used_at: trx.fn.now() });
  return taken > 0;
}

const open = (db: Knex) =>
  db('staff_wechat_code as c')
    .join('staff_session as k', 'k.id', 'c.session_id')
    .join('staff as s', 's.id', 'c.staff_id')
    .whereNull('s.left_at')
    .whereNull('c.used_at')
    .where('c.expires_at', '>', db.fn.now())
    .whereRaw(`k.sess->>'staff' = c.staff_id::text and ${stillOpen}`);

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
