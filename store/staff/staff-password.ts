import type { Knex } from 'knex';
import { hashPassword, verifyPassword } from '../../platform/password.ts';
import { endTaskLinks } from '../approval/task-link.ts';
import { revokeStaffLinks } from './staff-link.ts';
import { endStaffSessions } from './staff-session.ts';

/**
 * Gives somebody a password that they chose themselves. Whoever came in by the former one is out; links are worthless, those
 * to their tasks too.
 *
 * @param verified the hash of the present password that they proved to know; left out where a link let them in
 * @returns false, and nothing is changed, where they have left or have another password by now
 */
export async function setPassword(
  trx: Knex,
  { staff, hash, verified }: { staff: string; hash: string; verified?: string },
): Promise<boolean> {
  const set = await trx('staff')
    .where({ id: staff, ...(verified && { password_hash: verified }) })
    .whereNull('left_at')
    .update({ password_hash: hash, must_change_password: false });
  if (set === 0) return false;
  await endWhatLetsIn(trx, staff);
  await revokeStaffLinks(trx, staff);
  return true;
}

export const hashOf = (password: string): Promise<string> => hashPassword(password);

/** @returns the kept hash where this is the present password of somebody who has one: `setPassword` asks whether it still is */
export async function verifyOwnPassword(db: Knex, staff: string, password: string): Promise<string | undefined> {
  const row = await db('staff').where({ id: staff }).whereNull('left_at').first('password_hash');
  const right = row?.password_hash && (await verifyPassword(password, row.password_hash));
  return right ? row.password_hash : undefined;
}

/**
 * Whether somebody still serves and has this password, or any where no hash is given. Waits for a change, a reset or a
 * departure that is on its way: a session from before this is ended by it, or this says no.
 */
export async function holdsPassword(db: Knex, staff: string, hash?: string): Promise<boolean> {
  const row = await db('staff').where({ id: staff }).whereNull('left_at').forShare().first('password_hash');
  return Boolean(row?.password_hash) && (hash === undefined || row.password_hash === hash);
}

/** The present password is worthless from now on, and everybody who came in by it is out; a link sets the next one. */
export async function resetPassword(trx: Knex, staff: string): Promise<void> {
  await trx('staff').where({ id: staff }).update({ password_hash: null, must_change_password: false });
  await endWhatLetsIn(trx, staff);
}

/** Sessions, and the links to tasks that nobody has used: a password is changed because somebody else may know what let them in. */
async function endWhatLetsIn(trx: Knex, staff: string): Promise<void> {
  await endStaffSessions(trx, { staff });
  await endTaskLinks(trx, staff);
}
