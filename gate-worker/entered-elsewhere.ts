import { againWithin, type Entered, type FeedPage } from '../domain/feed.ts';

/**
 * Whom the other gates of the campus let in a short while ago, as pages of the feed say. In memory only: a gate that is
 * offline does not know of later ones, one that starts anew asks once more, and nobody is refused for it.
 */
export type EnteredElsewhere = ReturnType<typeof createEnteredElsewhere>;

export function createEnteredElsewhere() {
  const newest = new Map<string, Pick<Entered, 'at' | 'gate'>>();
  let through = 0;
  const keyOf = (reservation: string, ordinal: number): string => `${reservation}/${ordinal}`;

  return {
    /** Until when it has been told, by the server's clock: what it asks for next. */
    through: (): number => through,
    learn(told: NonNullable<FeedPage['entered']>, now: number): void {
      through = told.through;
      for (const { reservation, ordinal, at, gate } of told.entries) {
        const key = keyOf(reservation, ordinal);
        // The other gate's clock may be ahead of this one's.
        const entry = { at: Math.min(at, now), gate };
        if (entry.at > (newest.get(key)?.at ?? 0)) newest.set(key, entry);
      }
      for (const [key, { at }] of newest) if (at < now - againWithin) newest.delete(key);
    },
    /** The newest entry that still has to be shown. */
    find(reservation: string, ordinal: number, now: number): Pick<Entered, 'at' | 'gate'> | undefined {
      const entry = newest.get(keyOf(reservation, ordinal));
      return entry && entry.at >= now - againWithin ? entry : undefined;
    },
  };
}
