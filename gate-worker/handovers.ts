import { day } from '../domain/time.ts';
import type { Disk } from './disk.ts';
import type { Ledger } from './ledger.ts';
import type { LocalKeys } from './local-keys.ts';

/** Notes of guards for the next one. At this gate only, sealed under its local key; a week old they go. */
export type Handovers = ReturnType<typeof createHandovers>;

export interface Handover {
  id: string;
  /** Epoch milliseconds. */
  at: number;
  guard?: string | undefined;
  note: string;
}

const kept = 7 * day;
const mostShown = 10;

export function createHandovers(ledger: Ledger, { cipher }: Pick<LocalKeys, 'cipher'>, disk: Disk) {
  const insert = ledger.prepare('insert or ignore into handover (id, at, guard, note_enc) values (?, ?, ?, ?)');
  const newest = ledger.prepare('select * from handover where at > ? order by at desc, id limit ?');
  const dropOld = ledger.prepare('delete from handover where at <= ?');
  const column = (row: string) => ({ table: 'handover', column: 'note_enc', row });

  return {
    /** Sent twice it is one. @returns whether it is on the disk */
    leave: ({ id, at, guard, note }: Handover): boolean =>
      disk.write(() => {
        dropOld.run(at - kept);
        insert.run(id, at, guard ?? null, cipher.seal(column(id), note));
      }),
    /** Newest first. */
    latest: (now: number): Handover[] =>
      disk.read(
        () =>
          newest.all(now - kept, mostShown).map((row) => ({
            id: String(row.id),
            at: Number(row.at),
            ...(row.guard === null ? {} : { guard: String(row.guard) }),
            note: cipher.open(column(String(row.id)), Buffer.from(row.note_enc as Uint8Array)),
          })),
        () => [],
      ),
  };
}
