import type { Knex } from 'knex';
import type { FieldCipher } from '../../platform/crypto.ts';
import { rowCipher } from '../../platform/row-cipher.ts';
import { type AffectedPerson, guardianOf, type Person, unknown } from './affected-person.ts';
import type { Touch, Touched } from './touched.ts';
import { peopleOfVisits, type VisitPerson } from './visit-people.ts';

/** Touched people, each once, with what an office needs to tell them. In clear: mask what is shown. */

export async function affectedPeople(db: Knex, cipher: FieldCipher, touched: Touched[]): Promise<AffectedPerson[]> {
  const people = new Map<string, AffectedPerson>();
  const add = (person: Person, visit: string | null, what: Touch): void => {
    const known = people.get(person.id) ?? { ...person, visits: [], what: [] };
    // What was erased in one visit may stand in another.
    if (known.name === null && person.name !== null) Object.assign(known, person);
    if (visit && !known.visits.includes(visit)) known.visits.push(visit);
    if (!known.what.includes(what)) known.what.push(what);
    people.set(person.id, known);
  };
  const of = (kind: Touched['kind']) => touched.filter((one) => one.kind === kind);
  const accounts = await readAccounts(db, cipher, ids(of('account')));
  const visits = await peopleOfVisits(db, cipher, ids(of('visit')));
  for (const { id, ordinal, what } of of('visit')) {
    const here = (visits.get(id) ?? []).filter((person) => ordinal === null || person.ordinal === ordinal);
    for (const person of here.length > 0 ? here : [nobodyLeft(id, ordinal)]) add(person, id, what);
  }
  for (const { id, what } of of('account')) add(accounts.get(id) ?? unknown(id), null, what);
  const books = await readBooks(db, cipher, ids(of('companion')));
  for (const { id, what } of of('companion')) add(books.get(id) ?? unknown(id), null, what);
  const staff = await readStaff(db, ids(of('staff')));
  for (const { id, what } of of('staff')) add(staff.get(id) ?? unknown(id), null, what);
  return [...people.values()];
}

const ids = (touched: Touched[]): string[] => [...new Set(touched.map(({ id }) => id))];
/** Nothing stands of the visit any more, or not of this place in it. */
const nobodyLeft = (visit: string, ordinal: number | null): VisitPerson => ({
  ...unknown(`${visit}/${ordinal ?? 0}`),
  ordinal: ordinal ?? 0,
});

async function readAccounts(db: Knex, cipher: FieldCipher, accounts: string[]): Promise<Map<string, Person>> {
  const rows = await db('visitor as v')
    .leftJoin('person as p', 'p.visitor_id', 'v.id')
    .leftJoin('guardian as g', 'g.id', 'p.guardian_id')
    .whereRaw('v.id = any(?)', [accounts])
    .select('v.id', 'v.phone_enc', 'v.language', { person: 'p.id', name_enc: 'p.name_enc' })
    .select({ guardian: 'g.id', guardian_name: 'g.name_enc', guardian_phone: 'g.phone_enc' });
  return new Map(
    rows.map((row) => {
      const phone = rowCipher(cipher, 'visitor', row.id).open('phone_enc', row.phone_enc);
      const name = row.person ? rowCipher(cipher, 'person', row.person).open('name_enc', row.name_enc) : null;
      return [
        row.id,
        // Somebody who never completed a profile is known by the phone alone.
        {
          ...unknown(row.id),
          name: name ?? (phone === null ? null : ''),
          phone,
          language: row.language,
          guardian: guardianOf(cipher, row),
        },
      ];
    }),
  );
}

async function readBooks(db: Knex, cipher: FieldCipher, companions: string[]): Promise<Map<string, Person>> {
  const rows = await db('companion as c')
    .join('visitor as v', 'v.id', 'c.visitor_id')
    .leftJoin('guardian as g', 'g.id', 'c.guardian_id')
    .whereRaw('c.id = any(?)', [companions])
    .select('c.id', 'c.name_enc', 'c.phone_enc', 'v.language', { lead: 'v.id', lead_phone: 'v.phone_enc' })
    .select({ guardian: 'g.id', guardian_name: 'g.name_enc', guardian_phone: 'g.phone_enc' });
  return new Map(
    rows.map((row) => {
      const { open } = rowCipher(cipher, 'companion', row.id);
      const own = open('phone_enc', row.phone_enc);
      return [
        row.id,
        {
          id: row.id,
          name: open('name_enc', row.name_enc),
          phone: own ?? rowCipher(cipher, 'visitor', row.lead).open('phone_enc', row.lead_phone),
          byAnother: own === null,
          language: row.language,
          guardian: guardianOf(cipher, row),
        },
      ];
    }),
  );
}

async function readStaff(db: Knex, staff: string[]): Promise<Map<string, Person>> {
  const rows = await db('staff').whereRaw('id = any(?)', [staff]).select('id', 'name');
  return new Map(rows.map(({ id, name }) => [id, { ...unknown(id), name }]));
}
