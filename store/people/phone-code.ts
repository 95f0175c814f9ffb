import { randomInt, timingSafeEqual } from 'node:crypto';
import type { Knex } from 'knex';
import type { BlindIndex } from '../../platform/crypto.ts';

/**
 * One-time codes that prove a phone: six digits, five minutes, five tries, used once, good for one phone, one purpose
 * and the session that asked. What is kept is a keyed hash.
 */

export const codeMinutes = 5;
const codeTries = 5;

/** What a code is good for; one that proves a phone for one thing proves nothing else. */
export const codePurposes = ['login', 'unbind', 'change_phone', 'join', 'guardian', 'export', 'erase'] as const;
export type CodePurpose = (typeof codePurposes)[number];

/** Whose code it is, phone and session each as a keyed hash, and what for. */
export interface CodeOwner {
  phone: Buffer;
  session: Buffer;
  purpose: CodePurpose;
}

/** Makes a code; an earlier one of the same session and phone is worthless from now on. */
export async function issueCode(db: Knex, index: BlindIndex, owner: CodeOwner): Promise<{ id: string; code: string }> {
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  return db.transaction(async (trx) => {
    await trx('phone_code').where(columns(owner)).whereNull('used_at').update({ used_at: trx.fn.now() });
    const { rows } = await trx.raw<{ rows: [{ id: string }] }>('select uuidv7() as id');
    const { id } = rows[0];
    await trx('phone_code').insert({
      id,
      ...columns(owner),
      code_hash: hash(index, id, code),
      expires_at: trx.raw(`now() + ? * interval '1 minute'`, [codeMinutes]),
    });
    return { id, code };
  });
}

export async function markSent(db: Knex, id: string): Promise<void> {
  await db('phone_code').where({ id }).update({ sent_at: db.fn.now() });
}

/** Takes a code that could not be sent out of the way. */
export async function withdrawCode(db: Knex, id: string): Promise<void> {
  await db('phone_code').where({ id }).update({ used_at: db.fn.now() });
}

/** Counts the try first, so that tries at the same moment count too. @returns whether it was the right code, in time. */
export async function redeemCode(db: Knex, index: BlindIndex, owner: CodeOwner, typed: string): Promise<boolean> {
  const [code] = await db('phone_code')
    .where(columns(owner))
    .whereNull('used_at')
    .where('expires_at', '>', db.fn.now())
    .where('tries', '<', codeTries)
    .update({ tries: db.raw('tries + 1') })
    .returning<{ id: string; code_hash: Buffer }[]>(['id', 'code_hash']);
  if (!code || !timingSafeEqual(code.code_hash, hash(index, code.id, typed))) return false;
  const used = await db('phone_code').where({ id: code.id }).whereNull('used_at').update({ used_at: db.fn.now() });
  return used === 1;
}

/** May this session still try a code for this phone? */
export async function hasOpenCode(db: Knex, owner: CodeOwner): Promise<boolean> {
  const open = await db('phone_code')
    .where(columns(owner))
    .whereNull('used_at')
    .where('expires_at', '>', db.fn.now())
    .where('tries', '<', codeTries)
    .first('id');
  return open !== undefined;
}

const columns = ({ phone, session, purpose }: CodeOwner) => ({ purpose, phone_hash: phone, session_hash: session });
const hash = (index: BlindIndex, id: string, code: string): Buffer => index('phone_code', `${id}\0${code}`);
