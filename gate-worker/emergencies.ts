import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type EmergencyEntry, emergencyNoted } from '../domain/gate-emergency.ts';
import { day } from '../domain/time.ts';
import { askWeb } from './ask-web.ts';
import type { Disk } from './disk.ts';
import type { FeedSource } from './fetch-page.ts';
import type { Ledger } from './ledger.ts';

/**
 * Whom a guard let in without a pass. On the disk before the answer, told to `web` as soon as that answers, the oldest first and as often
 * as it takes: there it is one entry.
 */
export interface Emergencies {
  /** The same id again is the same entry; of another kind it is one more: both were tapped before the page answered. */
  note(entry: EmergencyEntry): void;
  /** Newest first. */
  since(from: number, limit: number): EmergencyEntry[];
  /** How many `web` has not heard of. */
  waiting(): number;
  stop(): Promise<void>;
}

const kept = 8 * day;
const batch = 20;

export function startEmergencies(parts: {
  ledger: Ledger;
  disk: Disk;
  source: FeedSource;
  /** Milliseconds between two tries. */
  every: number;
}): Emergencies {
  const { ledger, disk, source, every } = parts;
  const insert = ledger.prepare('insert or ignore into emergency (id, kind, at, guard) values (?, ?, ?, ?)');
  const kindOf = ledger.prepare('select kind from emergency where id = ?');
  const untold = ledger.prepare('select * from emergency where told_at is null order by at, id limit ?');
  const countUntold = ledger.prepare('select count(*) as n from emergency where told_at is null');
  const newest = ledger.prepare('select * from emergency where at > ? order by at desc, id limit ?');
  const markTold = ledger.prepare('update emergency set told_at = ? where id = ?');
  const dropOld = ledger.prepare('delete from emergency where at < ? and told_at is not null');
  /** What the disk does not take: it is told from here, and goes with the process. */
  const inMemory = new Map<string, EmergencyEntry>();
  const stopping = new AbortController();

  const onDisk = <T>(work: () => T, otherwise: T): T => disk.read(work, () => otherwise);

  async function tell(entry: EmergencyEntry): Promise<boolean> {
    const said = await askWeb(source, { ask: 'emergency', path: 'emergencies', shape: emergencyNoted }, entry);
    if (!said) return false;
    inMemory.delete(entry.id);
    disk.attempt(() => markTold.run(Date.now(), entry.id));
    return true;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const entries = [...inMemory.values(), ...onDisk(() => untold.all(batch).map(read), [])];
      for (const entry of entries) {
        if (stopping.signal.aborted || !(await tell(entry))) break;
      }
      await wait(every, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }
  const running = run();

  return {
    note(entry) {
      const { kind, at, guard } = entry;
      const before = inMemory.get(entry.id)?.kind ?? onDisk(() => kindOf.get(entry.id)?.kind, undefined);
      const id = before === undefined || before === kind ? entry.id : randomUUID();
      const written = disk.write(() => {
        dropOld.run(at - kept);
        insert.run(id, kind, at, guard);
      });
      if (!written) inMemory.set(id, { ...entry, id });
    },
    since: (from, limit) =>
      [...inMemory.values(), ...onDisk(() => newest.all(from, limit).map(read), [])].slice(0, limit),
    waiting: () => inMemory.size + onDisk(() => Number(countUntold.get()?.n), 0),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

const read = (row: Record<string, unknown>): EmergencyEntry => ({
  id: String(row.id),
  kind: row.kind as EmergencyEntry['kind'],
  at: Number(row.at),
  guard: row.guard === null ? null : String(row.guard),
});
