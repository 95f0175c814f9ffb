import { createHash, randomBytes } from 'node:crypto';
import type { GateGuard } from '../../domain/gate-guards.ts';
import { hour, minute } from '../../domain/time.ts';
import { verifyPassword } from '../../platform/password.ts';
import { sameSecret } from '../devices/bearer.ts';
import type { Disk } from '../disk.ts';
import type { Guards } from '../guards.ts';
import { type Ledger, openLedger } from '../ledger.ts';

/**
 * Sessions of the gate's page: a guard by a PIN of their own may use it for one shift. As long as none has one, the PIN of the gate
 * opens it too; its device token always does, for whoever sets the gate up.
 */

export const sessionLifetime = 12 * hour;
const failuresAllowed = { perAddress: 5, altogether: 30 };
const failuresWithin = 15 * minute;

export type ConsoleSessions = ReturnType<typeof createConsoleSessions>;

export function createConsoleSessions(ledger: Ledger, disk: Disk, secrets: Secrets) {
  const written = sessionsIn(ledger, secrets);
  // While the disk takes nothing a guard has to get in all the same, with tries counted there.
  const memory = sessionsIn(openLedger(':memory:'), secrets);
  return {
    async open(tried: Tried, now = Date.now()): Promise<string | 'spent' | undefined> {
      const opened = await written.open(tried, now).catch((error: unknown) => ({ error }));
      if (typeof opened !== 'object') return opened;
      disk.failed(opened.error);
      return memory.open(tried, now);
    },
    /** Undefined: there is no such session, it is over, or its guard is off the list by now. */
    whose(id: string, now = Date.now()): OnDuty | undefined {
      const session =
        memory.find(id, now) ??
        disk.read(
          () => written.find(id, now),
          () => undefined,
        );
      if (!session) return undefined;
      if (session.guard === null) return {};
      const name = secrets.guards.name(session.guard);
      return name === undefined ? undefined : { guard: { id: session.guard, name } };
    },
    close(id: string): void {
      memory.close(id);
      disk.attempt(() => written.close(id));
    },
  };
}

interface Secrets {
  /** PHC string of platform/password.ts, of the PIN that the whole gate shares. */
  pinHash: string;
  deviceToken: string;
  guards: Pick<Guards, 'find' | 'name' | 'any'>;
}

export interface Tried {
  /** User name of a guard; empty for what the whole gate shares. */
  username: string;
  secret: string;
  address: string;
}

/** Who works at the console; without a guard where they came by what the whole gate shares. */
export interface OnDuty {
  guard?: { id: string; name: string };
}

function sessionsIn(ledger: Ledger, secrets: Secrets) {
  const insert = ledger.prepare('insert into console_session (id_hash, until, guard) values (?, ?, ?)');
  const find = ledger.prepare('select guard from console_session where id_hash = ? and until > ?');
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

  async function isShared(secret: string): Promise<boolean> {
    if (sameSecret(secret, secrets.deviceToken)) return true;
    return (await verifyPassword(secret, secrets.pinHash)) && !secrets.guards.any();
  }

  async function guardOf(username: string, pin: string): Promise<GateGuard | undefined> {
    const guard = secrets.guards.find(username);
    // Somebody unknown takes as long: the answer names no user names.
    const right = await verifyPassword(pin, guard?.pin ?? secrets.pinHash);
    return right ? guard : undefined;
  }

  return {
    /** The id of a new session. Undefined: wrong. `spent`: too many tries, so even the right PIN is refused. */
    async open({ username, secret, address }: Tried, now = Date.now()): Promise<string | 'spent' | undefined> {
      forgetFailures.run(now - failuresWithin);
      // Who mistypes a PIN at the tablet that all share shuts nobody else out.
      const place = username === '' ? address : `${address} ${username.toLowerCase()}`;
      if (!mayTry(place)) return 'spent';
      // Counted before it is checked: tries sent at once do not pass together.
      const { lastInsertRowid } = fail.run(place, now);
      const right = username === '' ? await isShared(secret) : await guardOf(username, secret);
      if (!right) return undefined;
      ledger.prepare('delete from failed_login where rowid = ?').run(lastInsertRowid);
      dropEnded.run(now);
      const id = randomBytes(32).toString('base64url');
      insert.run(hash(id), now + sessionLifetime, right === true ? null : right.id);
      return id;
    },
    find(id: string, now = Date.now()): { guard: string | null } | undefined {
      const row = find.get(hash(id), now);
      return row && { guard: row.guard === null ? null : String(row.guard) };
    },
    close(id: string): void {
      remove.run(hash(id));
    },
  };
}
