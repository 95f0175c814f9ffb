import { createHash, randomBytes } from 'node:crypto';
import { hour, minute } from '../../domain/time.ts';
import { verifyPassword } from '../../platform/password.ts';
import { sameSecret } from '../devices/bearer.ts';
import type { Disk } from '../disk.ts';
import { type Ledger, openLedger } from '../ledger.ts';

/** Sessions of the gate's page: a person who knew its PIN or device token may use it for one shift. */

export const sessionLifetime = 12 * hour;
const failuresAllowed = { perAddress: 5, altogether: 30 };
const failuresWithin = 15 * minute;

export type ConsoleSessions = ReturnType<typeof createConsoleSessions>;

/** @param pinHash PHC string of platform/password.ts */
export function createConsoleSessions(ledger: Ledger, disk: Disk, secrets: Secrets) {
  const written = sessionsIn(ledger, secrets);
  // While the disk takes nothing a guard has to get in all the same, with tries counted there.
  const memory = sessionsIn(openLedger(':memory:'), secrets);
  return {
    async open(secret: string, address: string, now = Date.now()): Promise<string | 'spent' | undefined> {
      const opened = await written.open(secret, address, now).catch((error: unknown) => ({ error }));
      if (typeof opened !== 'object') return opened;
      disk.failed(opened.error);
      return memory.open(secret, address, now);
    },
    isOpen: (id: string, now = Date.now()): boolean =>
      memory.isOpen(id, now) ||
      disk.read(
        () => written.isOpen(id, now),
        () => false,
      ),
    close(id: string): void {
      memory.close(id);
      disk.attempt(() => written.close(id));
    },
  };
}

interface Secrets {
  pinHash: string;
  deviceToken: string;
}

function sessionsIn(ledger: Ledger, secrets: Secrets) {
  const insert = ledger.prepare('insert into console_session (id_hash, until) values (?, ?)');
  const find = ledger.prepare('select 1 from console_session where id_hash = ? and until > ?');
  const remove = ledger.prepare('delete from console_session where id_hash = ?');
  const dropEnded = ledger.prepare('delete from console_session where until <= ?');
  const fail = ledger.prepare('insert into failed_login (address, at) values (?, ?)');
  const forgetFailures = ledger.prepare('delete from failed_login where at <= ?');
  const failures = ledger.prepare('select count(*) as n, coalesce(sum(address = ?), 0) as here from failed_login');

  const hash = (id: string): Buffer => createHash('sha256').update(id).digest();

  function mayTry(address: string): boolean {
    const count = failures.get(address);
    return Number(count?.here) < failuresAllowed.perAddress && Number(count?.n) < failuresAllowed.altogether;
  }

  return {
    /** The id of a new session. Undefined: wrong. `spent`: too many tries, so even the right PIN is refused. */
    async open(secret: string, address: string, now = Date.now()): Promise<string | 'spent' | undefined> {
      forgetFailures.run(now - failuresWithin);
      if (!mayTry(address)) return 'spent';
      // Counted before it is checked: tries sent at once do not pass together.
      const { lastInsertRowid } = fail.run(address, now);
      const right = sameSecret(secret, secrets.deviceToken) || (await verifyPassword(secret, secrets.pinHash));
      if (!right) return undefined;
      ledger.prepare('delete from failed_login where rowid = ?').run(lastInsertRowid);
      dropEnded.run(now);
      const id = randomBytes(32).toString('base64url');
      insert.run(hash(id), now + sessionLifetime);
      return id;
    },
    isOpen: (id: string, now = Date.now()): boolean => find.get(hash(id), now) !== undefined,
    close(id: string): void {
      remove.run(hash(id));
    },
  };
}
