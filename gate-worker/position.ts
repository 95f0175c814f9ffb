import type { GatePlace } from '../domain/feed.ts';
import type { Ledger } from './ledger.ts';

/** How far this gate has read its feed, and where the feed says it stands. */
export type Position = ReturnType<typeof createPosition>;

export function createPosition(ledger: Ledger) {
  const find = ledger.prepare('select value from fact where name = ?');
  const put = ledger.prepare(
    'insert into fact (name, value) values (?, ?) on conflict do update set value = excluded.value',
  );
  const read = (name: string): string | undefined => find.get(name)?.value as string | undefined;
  const readPlace = (): GatePlace | undefined => {
    const text = read('place');
    return text === undefined ? undefined : (JSON.parse(text) as GatePlace);
  };

  let applied = Number(read('applied') ?? 0);
  let place = readPlace();

  return {
    applied: (): number => applied,
    /** Undefined until the gate has reached its feed once: it cannot decide before. */
    place: (): GatePlace | undefined => place,
    /** Within the transaction that writes the page's rows. */
    move(to: number, at: GatePlace): void {
      put.run('applied', String(to));
      put.run('place', JSON.stringify(at));
    },
    /** After that transaction: what is on the disk is what counts. */
    refresh(): void {
      applied = Number(read('applied') ?? 0);
      place = readPlace();
    },
  };
}
