import type { Knex } from 'knex';
import { hashPassword, verifyPassword } from '../../platform/password.ts';
import { revokeStaffLinks } from './staff-link.ts';
import { endStaffSessions } from './staff-session.ts';

/** Gives somebody a password that they chose themselves. Whoever came in by the former one is out; links are worthless. */
export async function setPassword(trx: Knex, { staff, hash }: { staff: string; hash: string }): Promise<void> {
  await trx('staff').where({ id: staff }).update({ password_hash: hash, must_change_password: false });
  await endStaffSessions(trx, { staff });
  await revokeStaffLinks(trx, staff);
}

export const hashOf = (password: string): Promise<string> => hashPassword(password);

/** Whether this is the present password of somebody who has one. */
export async function isOwnPassword(db: Knex, staff: string, password: string): Promise<boolean> {
  const row = await db('staff').where({ id: staff }).whereNull('left_at').first('password_hash');
  return row?.password_hash ? verifyPassword(password, row.password_hash) : false;
}

/** The present password is worthless from now on, and everybody who came in by it is out; a link sets the next one. */
export async function resetPassword(trx: Knex, staff: string): Promise<void> {
  await trx('staff').where({ id: staff }).update({ password_hash: null, must_change_password: false });
  await endStaffSessions(trx, { staff });
}
