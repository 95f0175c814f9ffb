import type { Knex } from 'knex';
import type { MessengerName } from '../../domain/messengers.ts';
import type { BlindIndex, FieldCipher } from '../../platform/crypto.ts';
import { lockHash } from '../people/hash-lock.ts';

/** The user of a messenger by whom a member of staff is told of tasks. The user id is sealed like an address. */

export interface StaffMessenger {
  messenger: MessengerName;
  user: string;
  boundAt: Date;
  /** The messenger takes nothing for this user. It is left alone until they bind it anew, or say that it does. */
  fault: 'no_user' | null;
  faultAt: Date | null;
}

/** Of the hash. */
const kind = 'messenger_user';

const place = (row: string) => ({ table: 'staff_messenger', column: 'user_enc', row });

/** In clear: for sending, and for the person's own page. In the order in which they were bound. */
export async function staffMessengers(db: Knex, cipher: FieldCipher, staff: string): Promise<StaffMessenger[]> {
  const rows = await db('staff_messenger').where({ staff_id: staff }).orderBy('id');
  return rows.map(({ id, messenger, user_enc: sealed, bound_at: boundAt, fault, fault_at: faultAt }) => ({
    messenger,
    user: cipher.open(place(id), sealed),
    boundAt,
    fault,
    faultAt,
  }));
}

/** An earlier one of the same messenger gives way. @returns false where another member of staff has this user */
export async function bindStaffMessenger(
  trx: Knex,
  { cipher, index }: { cipher: FieldCipher; index: BlindIndex },
  { staff, messenger, user }: { staff: string; messenger: MessengerName; user: string },
): Promise<boolean> {
  const hash = index.hash(kind, user);
  await lockHash(trx, hash);
  const others = trx('staff_messenger').where({ messenger }).whereIn('user_hash', hash.every);
  if (await others.whereNot({ staff_id: staff }).first('id')) return false;
  await unbindStaffMessenger(trx, staff, messenger);
  const { rows } = await trx.raw<{ rows: [{ id: string }] }>('select uuidv7() as id');
  const { id } = rows[0];
  const row = { id, staff_id: staff, messenger, user_enc: cipher.seal(place(id), user), user_hash: hash.current };
  await trx('staff_messenger').insert(row);
  // Language and hours are looked up there.
  await trx('staff_contact').insert({ staff_id: staff }).onConflict('staff_id').ignore();
  return true;
}

/** Buttons that went there decide nothing more. @returns whether one was bound */
export async function unbindStaffMessenger(trx: Knex, staff: string, messenger: MessengerName): Promise<boolean> {
  await trx('task_link').where({ staff_id: staff, channel: messenger }).whereNull('used_at').delete();
  return (await trx('staff_messenger').where({ staff_id: staff, messenger }).delete()) > 0;
}

/** It takes nothing for this user. @param writtenAt one that was bound since is another */
export async function markMessenger(
  db: Knex,
  staff: string,
  messenger: MessengerName,
  { fault, writtenAt }: { fault: 'no_user'; writtenAt: Date },
): Promise<void> {
  await db('staff_messenger')
    .where({ staff_id: staff, messenger })
    .whereNull('fault')
    .where('bound_at', '<=', writtenAt)
    .update({ fault, fault_at: db.fn.now() });
}

/** Its owner says that it takes messages again. */
export async function retryStaffMessenger(db: Knex, staff: string, messenger: MessengerName): Promise<void> {
  await db('staff_messenger').where({ staff_id: staff, messenger }).update({ fault: null, fault_at: null });
}

/** Who of the staff this user is. */
export async function staffOfUser(
  db: Knex,
  index: BlindIndex,
  { messenger, user }: { messenger: MessengerName; user: string },
): Promise<string | undefined> {
  const every = index.every(kind, user);
  return (await db('staff_messenger').where({ messenger }).whereIn('user_hash', every).first('staff_id'))?.staff_id;
}
