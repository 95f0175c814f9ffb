import type { FeedPage, GatePlace } from '../domain/feed.ts';
import { day } from '../domain/time.ts';
import { inTransaction, type Ledger } from './ledger.ts';

/**
 * How far this gate has read its feed, of which history of the feed that is, and where the feed says the gate stands.
 */
export type Position = ReturnType<typeof createPosition>;

/**
 * Why a feed is read from the beginning: `restored`: its database went back and took another way from there; `keys`: the
 * gate's keys were changed and its rows sealed anew; `unknown`: this store does not say which history it has read, or the
 * feed has forgotten the place.
 */
export type AnewReason = 'restored' | 'keys' | 'unknown';

/** Whether the database behind the feed went back to an earlier state within the last day: nobody at a gate did that. */
export function begunAnewLately(position: Pick<Position, 'anew'>, now: number): boolean {
  const anew = position.anew();
  return anew?.why === 'restored' && now - anew.at < day;
}

export function createPosition(ledger: Ledger) {
  const find = ledger.prepare('select value from fact where name = ?');
  const put = ledger.prepare(
    'insert into fact (name, value) values (?, ?) on conflict do update set value = excluded.value',
  );
  const read = (name: string): string | undefined => find.get(name)?.value as string | undefined;
  const readJson = <T>(name: string): T | undefined => {
    const text = read(name);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  };
  const readAll = () => ({
    applied: Number(read('applied') ?? 0),
    place: readJson<GatePlace>('place'),
    epoch: read('epoch'),
    mark: read('mark'),
    caughtUp: read('caught_up') === 'yes',
    anew: readJson<{ why: AnewReason; at: number }>('anew'),
    heardAt: read('heard_at'),
    forgotten: read('forgotten') === 'yes',
  });
  let now = readAll();

  return {
    applied: (): number => now.applied,
    /** Undefined until the gate has reached its feed once: it cannot decide before. */
    place: (): GatePlace | undefined => now.place,
    /** Whether everything up to the feed's head was here once, since the store or the feed began. */
    caughtUp: (): boolean => now.caughtUp,
    /** The last time that the feed had to be read from the beginning. */
    anew: () => now.anew,
    /** Why this page does not go on where this gate stands; undefined when it does. */
    breakBefore({ from, head, epoch, fromMark }: FeedPage): AnewReason | undefined {
      if (from === 0) return undefined;
      if (head < from) return 'restored';
      if (now.epoch === undefined || fromMark === null) return 'unknown';
      if (epoch !== now.epoch) return 'keys';
      return fromMark === now.mark ? undefined : 'restored';
    },
    /** Back to the beginning; what is known of passes stays, a revocation above all. */
    beginAnew(why: AnewReason, at: number): void {
      // A database that went back is reported for a day, also when newer positions follow.
      const isTold = why !== 'restored' && now.anew?.why === 'restored';
      inTransaction(ledger, () => {
        put.run('applied', '0');
        put.run('caught_up', 'no');
        if (!isTold) put.run('anew', JSON.stringify({ why, at }));
      });
      now = readAll();
    },
    /** Within the transaction that writes the page's rows. */
    move({ through, throughMark, head, epoch, place }: FeedPage): void {
      put.run('applied', String(through));
      put.run('mark', throughMark);
      put.run('epoch', epoch);
      put.run('place', JSON.stringify(place));
      put.run('heard_at', String(Date.now()));
      // What was forgotten is in the rows of the whole feed.
      if (through >= head) put.run('forgotten', 'no');
      if (through >= head) put.run('caught_up', 'yes');
    },
    /** When it last read a page of its feed, epoch milliseconds; undefined: a store of before, or none yet. */
    heardAt: (): number | undefined => (now.heardAt === undefined ? undefined : Number(now.heardAt)),
    heard(at: number): void {
      put.run('heard_at', String(at));
      now = readAll();
    },
    /** Whether what it knew of people is gone, and not told anew yet. */
    hasForgotten: (): boolean => now.forgotten,
    /** Within the transaction that forgets: the feed is read from its beginning. Revocations are known all along. */
    forget(): void {
      put.run('forgotten', 'yes');
      put.run('applied', '0');
    },
    /** Says nothing: shows that the store is written. */
    lookedAt(at: number): void {
      put.run('looked_at', String(at));
    },
    /** After that transaction: what is on the disk is what counts. */
    refresh(): void {
      now = readAll();
    },
  };
}
