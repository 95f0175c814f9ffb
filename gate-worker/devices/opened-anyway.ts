import { day } from '../../domain/time.ts';
import type { Disk } from '../disk.ts';
import type { Ledger } from '../ledger.ts';
import type { ScanKey } from '../scan.ts';

/** Arms that opened though no pass did: the way out, and every way during a fire. What was missing is the reason. */
export type OpenedAnyway = ReturnType<typeof createOpenedAnyway>;

export type Anyway = 'exit' | 'fire_alarm';

const kept = 8 * day;

export function createOpenedAnyway(ledger: Ledger, disk: Disk) {
  const insert = ledger.prepare(
    'insert or ignore into opened_anyway (device, nonce, at, because, reason) values (?, ?, ?, ?, ?)',
  );
  const dropOld = ledger.prepare('delete from opened_anyway where at < ?');
  return {
    /** Nobody is locked in by a full disk: where it is not written, the arm opens all the same. */
    keep({ device, nonce }: ScanKey, opened: { at: number; because: Anyway; reason: string }): void {
      disk.write(() => {
        dropOld.run(opened.at - kept);
        insert.run(device, nonce, opened.at, opened.because, opened.reason);
      });
    },
  };
}
