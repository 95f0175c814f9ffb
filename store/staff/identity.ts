import type { Knex } from 'knex';
import { isUsername, normaliseUsername } from '../../domain/username.ts';
import { lockServing } from './serving.ts';

/** Who staff are at the university: its sign-in names them, and here an account is found, never made. */

export interface Identity {
  /** Who says so: the issuer of OpenID Connect, or the address of CAS. */
  issuer: string;
  /** Its own name for a person, which it gives to nobody else. */
  subject: string;
  /** The subject is a normalised user name, as of CAS: found also where an earlier release kept it in other letters. */
  caseless?: boolean;
}

export type FoundByIdentity =
  | { ok: true; staff: string; secondFactor: boolean; isNew: boolean }
  /** `other`: the account is somebody else's at the university. */
  | { ok: false; why: 'unknown' | 'left' | 'other'; staff?: string };

/**
 * The account of a person whom the university named. Who comes for the first time gets the account of their user name, where
 * one is told and nobody else has it; from then on the subject alone counts.
 *
 * @param username as the university has it; left out: nobody is linked
 */
export async function findByIdentity(
  trx: Knex,
  { issuer, subject, caseless = false, username }: Identity & { username?: string },
  allowed: { demo: boolean },
): Promise<FoundByIdentity> {
  const known = await accounts(trx)
    .join('staff_identity as i', 'i.staff_id', 's.id')
    .where({ 'i.issuer': issuer })
    .whereRaw(caseless ? 'lower(normalize(i.subject, nfkc)) = ?' : 'i.subject = ?', [subject])
    .orderByRaw('i.subject = ? desc', [subject])
    .first();
  if (known) return found(known, allowed);
  const name = normaliseUsername(username ?? '');
  const row = isUsername(name) ? await accounts(trx).where('s.username', name).first() : undefined;
  if (!row) return { ok: false, why: 'unknown' };
  const named = found(row, allowed);
  if (!named.ok) return named;
  if (!(await lockServing(trx, row.id))) return { ok: false, why: 'left', staff: row.id };
  const linked = await trx('staff_identity')
    .insert({ issuer, subject, staff_id: row.id })
    .onConflict()
    .ignore()
    .returning('staff_id');
  return linked.length > 0 ? { ...named, isNew: true } : { ok: false, why: 'other', staff: row.id };
}

/** Those of one person, for an office. */
export async function identitiesOf(db: Knex, staff: string): Promise<{ issuer: string; since: Date }[]> {
  return db('staff_identity').where({ staff_id: staff }).orderBy('since').select('issuer', 'since');
}

/** The next sign-in links the account anew, by its user name. @returns how many there were */
export function dropIdentities(trx: Knex, staff: string): Promise<number> {
  return trx('staff_identity').where({ staff_id: staff }).delete();
}

/** Whether somebody still serves. Waits for a departure that is on its way: it ends a session from before this, or this says no. */
export async function stillServes(db: Knex, staff: string): Promise<boolean> {
  return (await db('staff').where({ id: staff }).whereNull('left_at').forShare().first('id')) !== undefined;
}

const accounts = (trx: Knex) =>
  trx('staff as s').select('s.id', 's.left_at', 's.demo', {
    second_factor: trx.raw(
      'exists (select from staff_second_factor f where f.staff_id = s.id and f.confirmed_at is not null)',
    ),
  });

function found(
  row: { id: string; left_at: Date | null; demo: boolean; second_factor: boolean },
  allowed: { demo: boolean },
): FoundByIdentity {
  if (row.demo && !allowed.demo) return { ok: false, why: 'unknown' };
  if (row.left_at) return { ok: false, why: 'left', staff: row.id };
  return { ok: true, staff: row.id, secondFactor: row.second_factor, isNew: false };
}
