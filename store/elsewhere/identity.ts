import type { Knex } from 'knex';
import { findPerson } from '../people/person.ts';
import { readPhone } from '../people/visitor.ts';
import type { Identity, Means } from './places.ts';

/** By what others may hold the owner of an account: the number proved at the login, and the document that they typed, with its name. */
export async function identityOf(db: Knex, { cipher }: Pick<Means, 'cipher'>, visitor: string): Promise<Identity> {
  const phone = await readPhone(db, cipher, visitor);
  const person = await findPerson(db, cipher, visitor);
  return {
    phone: phone ?? null,
    document: person ? { text: person.document, name: person.name } : null,
    visitor,
  };
}
