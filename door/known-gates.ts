import type { Knex } from 'knex';
import { gateKeysInService } from '../store/gates/at-door.ts';

/**
 * The keys of gates in service, as they were a moment ago. A call that none of them signed is refused without a question to the
 * database: it asks once a second, however many strangers knock, and a gate that came into service, or got other keys, is known
 * after a second.
 */
export interface KnownGates {
  /**
   * What `look` finds in the keys that are held; else, at most once a second, in those that the database has now.
   * @param look in raw Ed25519 keys by id
   * @throws where it finds nothing and the database is away
   */
  find<Found>(look: (keys: Keys) => Found | undefined): Promise<Found | undefined>;
}
type Keys = ReadonlyMap<string, Buffer>;

/** In ms. */
const askedEvery = 1_000;

/** @param now by which it counts, in ms of a clock that nobody sets; for tests */
export function createKnownGates(db: Knex, now: () => number = () => performance.now()): KnownGates {
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<Keys> = Promise.resolve(new Map());
  const ask = (): Promise<Keys> => {
    askedAt = now();
    asking = gateKeysInService(db);
    asking.catch(() => undefined);
    return asking;
  };
  return {
    async find(look) {
      const held = asking;
      const found = await held.then(look, () => undefined);
      if (found !== undefined) return found;
      const isDue = asking === held && now() - askedAt >= askedEvery;
      const newer = isDue ? ask() : asking;
      const keys = await newer;
      return newer === held ? undefined : look(keys);
    },
  };
}
