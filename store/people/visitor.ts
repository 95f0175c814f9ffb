import type { Knex } from 'knex';
import { needsGuardian } from '../../domain/age.ts';
import type { BlindIndex, FieldCipher } from '../../platform/crypto.ts';
import { AppError } from '../../platform/errors.ts';
import type { Language } from '../../platform/i18n.ts';
import { lockActiveAccount } from './account-lock.ts';
import { lockHash } from './hash-lock.ts';

/** Visitors' accounts: a proved phone, perhaps a WeChat identity. What a person typed about themselves is in person.ts. */

/** A number unused for so long may have been given to somebody else. */
export const idleDays = 90;

export interface Visitor {
  id: string;
  language: Language;
  seenAt: Date;
  /** A WeChat identity is bound. */
  bound: boolean;
  /** The person, when 完善个人信息 was done; a child's is not complete before a guardian has agreed. */
  person: { id: string; version: number; needsGuardian: boolean } | null;
  /** The consent to the given notice, when there is one. */
  consent: string | null;
}

/** SQL for the accounts that may come in as `id`, with the person and the consent to `notice`; both are SQL too. Goes with `accountColumns`. */
export const accountOf = (id: string, notice: string): string => `(visitor v
    left join person p on p.visitor_id = v.id
    left join consent c on c.visitor_id = v.id and c.notice_id = ${notice} and c.purpose = 'personal_information'
      and c.subject_id is null and c.withdrawn_at is null)
  on v.id = ${id} and v.superseded_at is null and (v.phone_hash is not null or v.openid_hash is not null)`;

export const accountColumns = `v.id, v.language, v.last_seen_at, v.openid_hash is not null as bound,
  c.id as consent, p.id as person, p.version, p.birth_day_enc, p.guardian_id as guardian`;

export interface AccountRow {
  id: string;
  language: Language;
  last_seen_at: Date;
  bound: boolean;
  consent: string | null;
  person: string | null;
  version: number | null;
  birth_day_enc: Buffer | null;
  guardian: string | null;
}

export function readAccount(cipher: FieldCipher, row: AccountRow): Visitor {
  return {
    id: row.id,
    language: row.language,
    seenAt: row.last_seen_at,
    bound: row.bound,
    person: row.person === null ? null : readPerson(cipher, { ...row, person: row.person }),
    consent: row.consent,
  };
}

function readPerson(cipher: FieldCipher, row: AccountRow & { person: string }): Visitor['person'] {
  const address = { table: 'person', column: 'birth_day_enc', row: row.person };
  const birthDay = row.birth_day_enc && cipher.open(address, row.birth_day_enc);
  return {
    id: row.person,
    version: Number(row.version),
    needsGuardian: needsGuardian({ birthDay, guardian: row.guardian }),
  };
}

export interface Sealing {
  cipher: FieldCipher;
  /** Kinds `phone` and `openid`. */
  index: BlindIndex;
}

/** Everything of an account that a login by phone has to know, its row locked. */
export interface KnownPhone {
  id: string;
  /** Nobody came for `idleDays`. */
  idle: boolean;
  openidHash: Buffer | null;
  /** Whether a person was written: then its document can be asked for. */
  hasPerson: boolean;
}

export async function findByPhone(
  trx: Knex,
  { index }: Pick<Sealing, 'index'>,
  phone: string,
): Promise<KnownPhone | undefined> {
  const row = await trx('visitor')
    .whereIn('phone_hash', index.every('phone', phone))
    .whereNull('superseded_at')
    .forUpdate()
    .first('id', 'openid_hash', trx.raw(`last_seen_at < now() - ? * interval '1 day' as idle`, [idleDays]));
  if (!row) return undefined;
  const person = await trx('person').where({ visitor_id: row.id }).first('id');
  return {
    id: row.id,
    idle: row.idle,
    openidHash: row.openid_hash,
    hasPerson: person !== undefined,
  };
}

/** A fresh account for a proved phone; undefined when somebody else made one at the same moment. */
export async function createVisitor(
  trx: Knex,
  { cipher, index }: Sealing,
  { phone, language }: { phone: string; language: Language },
): Promise<string | undefined> {
  await lockHash(trx, index.hash('phone', phone));
  if (await inUse(trx, { phone_hash: index.every('phone', phone) })) return undefined;
  const { rows } = await trx.raw<{ rows: [{ id: string }] }>('select uuidv7() as id');
  const { id } = rows[0];
  const made = await trx('visitor')
    .insert({
      id,
      phone_enc: cipher.seal(address('phone_enc', id), phone),
      phone_hash: index('phone', phone),
      language,
    })
    .onConflict(trx.raw('(phone_hash) where superseded_at is null'))
    .ignore()
    .returning('id');
  return made.length > 0 ? id : undefined;
}

/** The number belongs to somebody else now: the old account keeps its past, and nobody can enter it any more. */
export async function supersede(trx: Knex, id: string): Promise<void> {
  await trx('visitor').where({ id }).update({ superseded_at: trx.fn.now() });
  await trx('visitor_session').whereRaw(`sess->>'visitor' = ?`, [id]).delete();
}

/** Somebody is here, reading this language: messages use it. */
export async function noteVisit(db: Knex, id: string, language: Language): Promise<void> {
  await db('visitor').where({ id }).update({ last_seen_at: db.fn.now(), language });
}

export async function readPhone(db: Knex, cipher: FieldCipher, id: string): Promise<string | undefined> {
  const row = await db('visitor').where({ id }).first('phone_enc');
  return row?.phone_enc && cipher.open(address('phone_enc', id), row.phone_enc);
}

/** Undefined where no WeChat is bound. */
export async function readOpenid(db: Knex, cipher: FieldCipher, id: string): Promise<string | undefined> {
  const row = await db('visitor').where({ id }).first('openid_enc');
  return row?.openid_enc ? cipher.open(address('openid_enc', id), row.openid_enc) : undefined;
}

/**
 * @returns false when the account has another WeChat identity: that is unbound first, with a fresh code, which signs out
 * the sessions that came in by it.
 * @throws AppError `wechat_bound_elsewhere` (409) when another account has this WeChat identity.
 */
export async function bindOpenid(trx: Knex, { cipher, index }: Sealing, id: string, openid: string): Promise<boolean> {
  const own = await trx('visitor').where({ id }).forUpdate().first<{ openid_hash: Buffer | null }>('openid_hash');
  if (own?.openid_hash) return index.matches(own.openid_hash, 'openid', openid);
  const hash = index.hash('openid', openid);
  await lockHash(trx, hash);
  if (await inUse(trx, { openid_hash: hash.every }, id)) throw new AppError('wechat_bound_elsewhere', { status: 409 });
  await trx('visitor')
    .where({ id })
    .update({
      openid_enc: cipher.seal(address('openid_enc', id), openid),
      openid_hash: hash.current,
      // What was heard of an earlier WeChat says nothing about this one.

      wechat_event_at: null,
      wechat_left_at: null,
    })
    .catch(orTaken('visitor_openid', 'wechat_bound_elsewhere'));
  return true;
}

/**
 * Messages go by text from now on. Sessions that came in by that WeChat elsewhere are signed out: the phone was not proved there.
 * @param session the one that unbinds, its phone proved just now. @returns whether a WeChat identity was bound
 */
export async function unbindOpenid(trx: Knex, { id, session }: { id: string; session: string }): Promise<boolean> {
  const unbound = await trx('visitor')
    .where({ id })
    .whereNotNull('openid_hash')
    .update({ openid_enc: null, openid_hash: null, wechat_event_at: null, wechat_left_at: null });
  if (unbound === 0) return false;
  await trx('visitor_session')
    .whereRaw(`sess->>'visitor' = ? and sess->>'channel' = 'wechat'`, [id])
    .whereNot({ sid: session })
    .delete();
  return true;
}

/**
 * Another number for the same account; both were proved. Every other session of the account ends.
 * @throws AppError `phone_taken` (409) when another account has this number.
 */
export async function changePhone(
  trx: Knex,
  { cipher, index }: Sealing,
  { visitor, phone, session }: { visitor: string; phone: string; session?: string },
): Promise<void> {
  const hash = index.hash('phone', phone);
  await lockActiveAccount(trx, visitor, 'account');
  await lockHash(trx, hash);
  if (await inUse(trx, { phone_hash: hash.every }, visitor)) throw new AppError('phone_taken', { status: 409 });
  await trx('visitor')
    .where({ id: visitor })
    .update({
      phone_enc: cipher.seal(address('phone_enc', visitor), phone),
      phone_hash: hash.current,
      phone_since: trx.fn.now(),
    })
    .catch(orTaken('visitor_phone', 'phone_taken'));
  await trx('visitor_session')
    .whereRaw(`sess->>'visitor' = ?`, [visitor])
    .whereNot({ sid: session ?? '' })
    .delete();
}

/** Whether an account that can be entered, besides this one, is found by one of these hashes. */
async function inUse(trx: Knex, by: Record<string, Buffer[]>, besides?: string): Promise<boolean> {
  const found = await trx('visitor')
    .whereNull('superseded_at')
    .modify((query) => {
      for (const [column, hashes] of Object.entries(by)) query.whereIn(column, hashes);
      if (besides) query.whereNot({ id: besides });
    })
    .first('id');
  return found !== undefined;
}

/** Two at the same moment both saw that it was free: the index lets one of them have it. */
const orTaken = (index: string, code: string) => (error: { code?: string; constraint?: string }) => {
  if (error.code !== uniqueViolation || error.constraint !== index) throw error;
  throw new AppError(code, { status: 409, cause: error });
};
const uniqueViolation = '23505';

const address = (column: string, row: string) => ({ table: 'visitor', column, row });
