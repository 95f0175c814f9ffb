import type { Knex } from 'knex';
import { maskDocument, maskName, maskPhone } from '../../domain/masking.ts';
import { identityByPhone } from './data-request.ts';
import { booksWith, guardiansWith, type Means, visitsWith } from './places.ts';

/** What others hold about the owner of a proved number, masked; whose book or visit it is stays with them. */
export interface HeldPlace {
  place: 'book' | 'guardian' | 'visit';
  since: Date;
  name: string;
  phone: string;
  /** Null: none is held. */
  document: string | null;
  /** Of a visit that is not over: when its window ends. */
  openUntil: Date | null;
}

export async function heldUnder(db: Knex, means: Means, phone: string): Promise<HeldPlace[]> {
  const who = identityByPhone(phone);
  const books = await booksWith(db, means, who);
  const visits = await visitsWith(db, means, who, books);
  const guardians = await guardiansWith(db, means, who);
  return [
    ...books.map((one) => masked('book', { ...one, openUntil: null })),
    ...guardians.map((one) => masked('guardian', { ...one, document: null })),
    ...visits.map((one) => masked('visit', { ...one, openUntil: one.open ? one.until : null })),
  ];
}

const masked = (
  place: HeldPlace['place'],
  of: { since: Date; name: string | null; phone: string | null; document: string | null; openUntil: Date | null },
): HeldPlace => ({
  place,
  since: of.since,
  name: maskName(of.name ?? ''),
  phone: maskPhone(of.phone ?? ''),
  document: of.document === null ? null : maskDocument(of.document),
  openUntil: of.openUntil,
});
