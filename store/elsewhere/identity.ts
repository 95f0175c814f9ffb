import type { Knex } from 'knex';
import { day } from '../../domain/time.ts';
import { findPerson } from '../people/person.ts';
import { idleDays, readPhone } from '../people/visitor.ts';
import type { Identity, Means } from './places.ts';

/** By what others may hold somebody, and since when the number is theirs: it may have had another owner before. */

/** A number is given to somebody else after `idleDays` at the earliest: so long before it was proved it was theirs. */
const before = (proved: Date): Date => new Date(proved.getTime() - idleDays * day);

/** Somebody who proved a number and has no account. */
export const identityByPhone = (phone: string, proved = new Date()): Identity => ({
  phone,
  document: null,
  visitor: null,
  since: before(proved),
});

/** The office has the document in its hand: neither a name nor a day has to agree. */
export const identityAtCounter = ({ phone, document }: { phone: string | null; document: string }): Identity => ({
  phone,
  document: { text: document, name: null },
  visitor: null,
  since: null,
});

/** The owner of an account: the number proved at the login, and the document that they typed, with its name. */
export async function identityOf(db: Knex, { cipher }: Pick<Means, 'cipher'>, visitor: string): Promise<Identity> {
  const phone = await readPhone(db, cipher, visitor);
  const person = await findPerson(db, cipher, visitor);
  return {
    phone: phone ?? null,
    document: person ? { text: person.document, name: person.name } : null,
    visitor,
    since: before(await firstProved(db, visitor)),
  };
}

/** When the account's present number was proved for it first. */
async function firstProved(db: Knex, visitor: string): Promise<Date> {
  return (await db('visitor').where({ id: visitor }).first('phone_since')).phone_since;
}
