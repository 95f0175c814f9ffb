import { randomInt } from 'node:crypto';
import type { Knex } from 'knex';
import type { MessengerName } from '../../domain/messengers.ts';
import type { BlindIndex, FieldCipher } from '../../platform/crypto.ts';
import { takeAttempt } from '../people/attempt.ts';

/**
 * A code that goes to the user of a messenger whom a member of staff named, and that proves that this is they: six digits, for
 * minutes, five tries, once. Both the user and the code are kept as what cannot be read: sealed, and a keyed hash.
 */

export const messengerCodeMinutes = 10;
const tries = 5;
const hour = 3600;

type Means = { cipher: FieldCipher; index: BlindIndex };
interface Whose {
  staff: string;
  messenger: MessengerName;
}

const place = (row: string) => ({ table: 'staff_messenger_code', column: 'user_enc', row });
const proof = (id: string, code: string): string => `${id}\0${code}`;

/** Counts one code that is to be sent: by who asks, and by whom it would reach. @returns seconds until another may go; 0: it may */
export const takeMessengerCodeTry = (db: Knex, index: BlindIndex, { staff, user }: { staff: string; user: string }) =>
  takeAttempt(db, [
    { kind: 'messenger_code_staff', key: index.hash('staff', staff), limits: [{ most: 10, seconds: hour }] },
    { kind: 'messenger_code_user', key: index.hash('messenger_user', user), limits: [{ most: 5, seconds: hour }] },
  ]);

/** Makes a code; an earlier one of the same person and messenger is worthless from now on. */
export async function makeMessengerCode(
  trx: Knex,
  { cipher, index }: Means,
  { staff, messenger, user }: Whose & { user: string },
): Promise<{ id: string; code: string }> {
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  await dropMessengerCode(trx, { staff, messenger });
  const { rows } = await trx.raw<{ rows: [{ id: string }] }>('select uuidv7() as id');
  const { id } = rows[0];
  await trx('staff_messenger_code').insert({
    id,
    staff_id: staff,
    messenger,
    user_enc: cipher.seal(place(id), user),
    code_hash: index('messenger_code', proof(id, code)),
    expires_at: trx.raw(`now() + ? * interval '1 minute'`, [messengerCodeMinutes]),
  });
  return { id, code };
}

/** It could not be sent, or is not wanted any more. */
export async function dropMessengerCode(trx: Knex, { staff, messenger }: Whose): Promise<void> {
  await trx('staff_messenger_code').where({ staff_id: staff, messenger }).delete();
}

const open = (db: Knex, { staff, messenger }: Whose) =>
  db('staff_messenger_code')
    .where({ staff_id: staff, messenger })
    .where('expires_at', '>', db.fn.now())
    .where('tries', '<', tries);

/** Who was named, while a code for them may be entered. */
export async function awaitedUser(db: Knex, cipher: FieldCipher, whose: Whose): Promise<string | undefined> {
  const row = await open(db, whose).first('id', 'user_enc');
  return row && cipher.open(place(row.id), row.user_enc);
}

/**
 * Counts the try first, so that tries at the same moment count too.
 * @returns the user who was proved; undefined: it was not the right code, or not in time
 */
export async function redeemMessengerCode(
  db: Knex,
  { cipher, index }: Means,
  whose: Whose,
  typed: string,
): Promise<string | undefined> {
  const [row] = await open(db, whose)
    .update({ tries: db.raw('tries + 1') })
    .returning<{ id: string; user_enc: Buffer; code_hash: Buffer }[]>(['id', 'user_enc', 'code_hash']);
  if (!row || !index.matches(row.code_hash, 'messenger_code', proof(row.id, typed))) return undefined;
  const used = await db('staff_messenger_code').where({ id: row.id }).delete();
  return used === 1 ? cipher.open(place(row.id), row.user_enc) : undefined;
}
