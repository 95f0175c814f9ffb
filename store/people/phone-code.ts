import { randomInt } from 'node:crypto';
import type { Knex } from 'knex';
import type { BlindHash, BlindIndex } from '../../platform/crypto.ts';

/**
 * One-time codes that prove a phone: six digits, five minutes, five tries, used once, good for one phone, one purpose
 * and the session that asked. What is kept is a keyed hash.
 */

export const codeMinutes = 5;
const codeTries = 5;

/** What a code is good for; one that proves a phone for one thing proves nothing else. */
export const codePurposes = [
  'login',
  'unbind',
  'change_phone',
  'join',
  'guardian',
  'export',
  'erase',
  'elsewhere',
] as const;
export type CodePurpose = (typeof codePurposes)[number];

/** Whose code it is, phone and session each as a keyed hash, and what for. */
export interface CodeOwner {
  phone: BlindHash;
  session: BlindHash;
  purpose: CodePurpose;
}

/** Makes a code; an earlier one of the same session and phone is worthless from now on. */
export async function issueCode(db: Knex, index: BlindIndex, owner: CodeOwner): Promise<{ id: string; code: string }> {
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  return db.transaction(async (trx) => {
    await trx('phone_code').where(owned(owner)).whereNull('used_at').update({ used_at: trx.fn.now() });
    const { rows } = await trx.raw<{ rows: [{ id: string }] }>('select uuidv7() as id');
    const { id } = rows[0];
    await trx('phone_code').insert({
      id,
      purpose: owner.purpose,
      phone_hash: owner.phone.current,
      session_hash: owner.session.current,
      code_hash: index('phone_code', proof(id, code)),
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

/**
 * Counts the try first, so that tries at the same moment count too.
 * @returns the code's id; undefined: it was not the right code, or not in time
 */
export async function redeemCode(
  db: Knex,
  index: BlindIndex,
  owner: CodeOwner,
  typed: string,
): Promise<string | undefined> {
  const [code] = await db('phone_code')
    .where(owned(owner))
    .whereNull('used_at')
    .where('expires_at', '>', db.fn.now())
    .where('tries', '<', codeTries)
    .update({ tries: db.raw('tries + 1') })
    .returning<{ id: string; code_hash: Buffer }[]>(['id', 'code_hash']);
  if (!code || !index.matches(code.code_hash, 'phone_code', proof(code.id, typed))) return undefined;
  const used = await db('phone_code').where({ id: code.id }).whereNull('used_at').update({ used_at: db.fn.now() });
  return used === 1 ? code.id : undefined;
}

/** How long the same form may come once more after its code was used. */
const repeatMinutes = 5;

/** The code's id where it was used a moment ago, for a form whose answer was lost. Such tries are counted as well. */
export async function findRedeemed(
  db: Knex,
  index: BlindIndex,
  owner: CodeOwner,
  typed: string,
): Promise<string | undefined> {
  const used = await db('phone_code')
    .where(owned(owner))
    .whereRaw(`used_at > now() - ? * interval '1 minute'`, [repeatMinutes])
    .where('tries', '<', 2 * codeTries)
    .update({ tries: db.raw('tries + 1') })
    .returning<{ id: string; code_hash: Buffer }[]>(['id', 'code_hash']);
  return used.find(({ id, code_hash }) => index.matches(code_hash, 'phone_code', proof(id, typed)))?.id;
}

/** May this session still try a code for this phone? */
export async function hasOpenCode(db: Knex, owner: CodeOwner): Promise<boolean> {
  const open = await db('phone_code')
    .where(owned(owner))
    .whereNull('used_at')
    .where('expires_at', '>', db.fn.now())
    .where('tries', '<', codeTries)
    .first('id');
  return open !== undefined;
}

const owned =
  ({ phone, session, purpose }: CodeOwner) =>
  (query: Knex.QueryBuilder) =>
    query.where({ purpose }).whereIn('phone_hash', phone.every).whereIn('session_hash', session.every);
const proof = (id: string, code: string): string => `${id}\0${code}`;
