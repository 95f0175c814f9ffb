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
  const known = await named(trx, { issuer, subject, caseless }).first();
  if (known) return found(known, allowed);
  const name = normaliseUsername(username ?? '');
  const row = isUsername(name) ? await accounts(trx).where('s.username', name).first() : undefined;
  if (!row) return { ok: false, why: 'unknown' };
  const theirs = found(row, allowed);
  if (!theirs.ok) return theirs;
  if (!(await lockServing(trx, row.id))) return { ok: false, why: 'left', staff: row.id };
  const linked = await trx('staff_identity')
    .insert({ issuer, subject, staff_id: row.id })
    .onConflict()
    .ignore()
    .returning('staff_id');
  return linked.length > 0 ? { ...theirs, isNew: true } : { ok: false, why: 'other', staff: row.id };
}

/** `taken`: it is somebody else's. `has_one`: the account is another person's at the same university. */
export type Linked = 'linked' | 'same' | 'taken' | 'has_one' | 'left';

/** Links an account by its owner's own wish: whom the university named then is who may come in. */
export async function linkIdentity(trx: Knex, identity: Identity, staff: string): Promise<Linked> {
  if (!(await lockServing(trx, staff))) return 'left';
  const known = await named(trx, identity).first();
  if (known) return known.id === staff ? 'same' : 'taken';
  const { issuer, subject } = identity;
  const linked = await trx('staff_identity')
    .insert({ issuer, subject, staff_id: staff })
    .onConflict()
    .ignore()
    .returning('staff_id');
  if (linked.length > 0) return 'linked';
  return (await trx('staff_identity').where({ issuer, staff_id: staff }).first('issuer')) ? 'has_one' : 'taken';
}

/**
 * Takes one away, by its owner's own wish.
 * @param issuers by whom people can sign in at present
 * @returns `last`, and nothing is changed, where nothing else would let them in any more
 */
export async function unlinkIdentity(
  trx: Knex,
  { staff, issuer, issuers }: { staff: string; issuer: string; issuers: string[] },
): Promise<'unlinked' | 'none' | 'last'> {
  const serving = await lockServing(trx, staff);
  const all = await identitiesOf(trx, staff);
  const own = all.find((one) => isIssuer(one.issuer, issuer));
  if (!serving || !own) return 'none';
  const another = all.some((one) => one !== own && issuers.some((by) => isIssuer(one.issuer, by)));
  if (!serving.hasPassword && !another) return 'last';
  await trx('staff_identity').where({ staff_id: staff, issuer: own.issuer }).delete();
  return 'unlinked';
}

/** What lets somebody in: a password of ours, and who they are at the university. */
export async function waysIn(
  db: Knex,
  staff: string,
): Promise<{ hasPassword: boolean; identities: { issuer: string; since: Date }[] }> {
  const row = await db('staff')
    .where({ id: staff })
    .first({ has: db.raw('password_hash is not null') });
  return { hasPassword: row?.has === true, identities: await identitiesOf(db, staff) };
}

/** Providers write a slash at the end, or leave it out. */
export const isIssuer = (one: string, other: string): boolean => one.replace(/\/+$/, '') === other.replace(/\/+$/, '');

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

/** The account of a subject, in whichever letters it was kept. */
const named = (trx: Knex, { issuer, subject, caseless = false }: Identity) =>
  accounts(trx)
    .join('staff_identity as i', 'i.staff_id', 's.id')
    .where({ 'i.issuer': issuer })
    .whereRaw(caseless ? 'lower(normalize(i.subject, nfkc)) = ?' : 'i.subject = ?', [subject])
    .orderByRaw('i.subject = ? desc', [subject]);

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
