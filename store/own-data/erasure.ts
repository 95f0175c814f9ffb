import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { emptyCompanions } from '../companions/companion-erasure.ts';
import { othersClasses } from '../elsewhere/wish.ts';
import { eraseFromOthersVisits, eraseVisits } from '../reservations/visit-erasure.ts';

/**
 * An account is deleted: everything that says who it was. What stays is a row without a person behind it, the dates and
 * hashes of agreements, entries at gates and the audit, each for as long as its class is kept.
 */

const ownClasses = [
  'photos',
  'visits',
  'passes',
  'person',
  'companions',
  'guardians',
  'forms',
  'recoveries',
  'codes',
  'sessions',
  'phone',
  'wechat',
] as const;
/** The last of them: what other people held about the account's owner. */
export const erasedClasses = [...ownClasses, ...othersClasses] as const;
export type OwnCounts = Record<(typeof ownClasses)[number], number>;
export type ErasureCounts = OwnCounts & Record<(typeof othersClasses)[number], number>;

/** Why an account ends: its owner asked, nobody came back to it, or its owner got an older one back. */
export type ErasureCause = 'asked' | 'idle' | 'recovered';

/**
 * Says that an account is being erased, before anything is: the database empties no frozen row of it else. It looks
 * itself whether nobody came back for long enough, or an older account was given back.
 *
 * @returns its id
 */
export async function beginErasure(
  trx: Knex,
  visitor: string,
  { cause, at = new Date() }: { cause: ErasureCause; at?: Date },
): Promise<string> {
  const id = randomUUID();
  await trx('erasure').insert({ id, visitor_id: visitor, at, cause });
  return id;
}

/**
 * Call it after `beginErasure`, in its transaction, once no visit of the account is open any more; what is open all the
 * same follows with the next purge.
 */
export async function eraseAccount(trx: Knex, visitor: string): Promise<OwnCounts> {
  const account = await trx('visitor').where({ id: visitor }).forUpdate().first();
  const photos = await trx('photo').where({ visitor_id: visitor }).delete();
  const led = await eraseVisits(trx, await trx('reservation').where({ visitor_id: visitor }).pluck('id'), visitor);
  const joined = await eraseFromOthersVisits(trx, visitor);
  const companions = await trx('companion')
    .whereNull('erased_at')
    .andWhere((row) => row.where({ visitor_id: visitor }).orWhere({ member_id: visitor }))
    .pluck('id');
  const counts: OwnCounts = {
    photos,
    visits: led.people + joined.people,
    passes: led.passes + joined.passes,
    person: await trx('person').where({ visitor_id: visitor }).delete(),
    companions: await emptyCompanions(trx, companions),
    guardians: await trx('guardian')
      .where({ visitor_id: visitor, erased_at: null })
      .update({ name_enc: null, phone_enc: null, phone_hash: null, erased_at: trx.fn.now() }),
    forms: await trx('chosen_party').where({ visitor_id: visitor }).delete(),
    recoveries: await trx('phone_recovery').where({ visitor_id: visitor }).delete(),
    codes: account.phone_hash ? await trx('phone_code').where({ phone_hash: account.phone_hash }).delete() : 0,
    sessions: await trx('visitor_session').whereRaw(`sess->>'visitor' = ?`, [visitor]).delete(),
    phone: account.phone_hash ? 1 : 0,
    wechat: account.openid_hash ? 1 : 0,
  };
  await trx('consent').where({ visitor_id: visitor }).whereNull('withdrawn_at').update({ withdrawn_at: trx.fn.now() });
  await trx('visitor')
    .where({ id: visitor })
    .update({
      phone_enc: null,
      phone_hash: null,
      openid_enc: null,
      openid_hash: null,

      wechat_event_at: null,
      wechat_left_at: null,
      superseded_at: trx.raw('coalesce(superseded_at, now())'),
      erased_at: trx.fn.now(),
    });
  return counts;
}

export interface Erasure {
  id: string;
  at: Date;
  counts: ErasureCounts;
  /** What its owner was given. */
  proof: string;
}

/** What its owner is given of an erasure that was begun; it is written once. */
export async function completeErasure(trx: Knex, { id, counts, proof }: Omit<Erasure, 'at'>): Promise<void> {
  await trx('erasure')
    .where({ id })
    .update({ counts: JSON.stringify(counts), proof });
}

/** Id of the erasure of an account that was deleted already. */
export async function erasureOf(db: Knex, visitor: string): Promise<string | undefined> {
  return (await db('erasure').where({ visitor_id: visitor }).first('id'))?.id;
}

/** Open to anybody who knows its id: it says nothing about anybody. */
export async function findErasure(db: Knex, id: string): Promise<Erasure | undefined> {
  const row = await db('erasure').where({ id }).whereNotNull('proof').first('id', 'at', 'counts', 'proof');
  return row && { id: row.id, at: row.at, counts: row.counts, proof: row.proof };
}
