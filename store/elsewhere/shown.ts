import type { Knex } from 'knex';
import { maskDocument, maskName, maskPhone } from '../../domain/masking.ts';
import { identityByPhone } from './identity.ts';
import { booksWith, guardiansWith, type Means, visitsWith } from './places.ts';

/**
 * What others hold about the owner of a proved number, masked; whose book or visit it is stays with them. Older entries may be
 * about a former owner of the number: of them it is told how many the number can be taken out of.
 */
export interface HeldUnder {
  places: HeldPlace[];
  numbersAlone: number;
}

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

export async function heldUnder(db: Knex, means: Means, phone: string): Promise<HeldUnder> {
  const who = identityByPhone(phone);
  const books = await booksWith(db, means, who);
  const visits = await visitsWith(db, means, who, books);
  const guardians = await guardiansWith(db, means, who);
  const isWhole = ({ whole }: { whole: boolean }) => whole;
  return {
    places: [
      ...books.filter(isWhole).map((one) => masked('book', { ...one, openUntil: null })),
      ...guardians.map((one) => masked('guardian', { ...one, document: null })),
      ...visits.filter(isWhole).map((one) => masked('visit', { ...one, openUntil: one.open ? one.until : null })),
    ],
    numbersAlone: [...books, ...visits].filter(({ whole }) => !whole).length,
  };
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
