import type { Disk } from '../disk.ts';
import type { Ledger } from '../ledger.ts';

/** What a device adapter has to know after a restart. While the disk takes nothing, in memory. */
export type DeviceFacts = ReturnType<typeof createDeviceFacts>;

export function createDeviceFacts(ledger: Ledger, disk: Disk) {
  const find = ledger.prepare('select value from fact where name = ?');
  const put = ledger.prepare(
    'insert into fact (name, value) values (?, ?) on conflict do update set value = excluded.value',
  );
  return {
    read: (name: string): string | undefined =>
      disk.read(
        () => find.get(`device ${name}`)?.value as string | undefined,
        () => undefined,
      ),
    write: (name: string, value: string): void => void disk.write(() => put.run(`device ${name}`, value)),
  };
}
