/** By whose wish something goes that others hold, and what became of each place where it was held. */

export const places = ['book', 'book_phone', 'guardian', 'visit', 'visit_phone', 'awaited', 'claim', 'staff'] as const;
export type Place = (typeof places)[number];
export type KeptFor = 'open_visit' | 'staff_account';
/** An account that ends, or a request of somebody without one. */
export type Wish = { erasure: string } | { request: string };

export interface PlaceCount {
  place: Place;
  count: number;
  /** Null: deleted. */
  keptFor: KeptFor | null;
  /** 'YYYY-MM-DD' in Asia/Shanghai; null: with the staff account. */
  keptUntil: string | null;
}

/** What was deleted, as the proof of an erasure counts it. */
export const othersClasses = ['others_books', 'others_guardians', 'others_visits', 'others_claims'] as const;

export function countElsewhere(places: PlaceCount[]): Record<(typeof othersClasses)[number], number> {
  const deleted = (...of: Place[]) =>
    places.reduce((sum, one) => (one.keptFor === null && of.includes(one.place) ? sum + one.count : sum), 0);
  return {
    others_books: deleted('book', 'book_phone'),
    others_guardians: deleted('guardian'),
    others_visits: deleted('visit', 'visit_phone'),
    others_claims: deleted('claim'),
  };
}
