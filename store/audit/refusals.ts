import type { Knex } from 'knex';
import { hour, minute } from '../../domain/time.ts';
import type { Log } from '../../platform/log.ts';
import { waitingOf } from '../../platform/waiting.ts';
import { type AuditAction, type AuditRecord, record } from './audit.ts';

/**
 * Refusals of machines, in the audit: the first of a kind at once, and how many followed in one row a while later. Somebody who
 * knocks a thousand times a second writes two rows in that while, and not more kinds than the caller has words.
 */
export interface Refusals {
  note(refusal: Refusal): void;
  /** Writes what was only counted; what cannot be written even now is lost, and the log says so. */
  close(): Promise<void>;
}

export interface Refusal {
  action: AuditAction;
  /** One word. */
  why: string;
  /** The gate that asked; left out: nobody proved to be one. */
  by?: string | undefined;
  /** The gate that it was about, one that there is; left out: the one that asked, or an unknown one. */
  about?: string | undefined;
  detail?: Record<string, string>;
}

interface Counted {
  entry: AuditRecord;
  /** How many of them no row tells of yet. */
  more: number;
}

const unwritten = 'refusals are not written into the audit';

/**
 * @param within how long refusals of a kind are counted before they are written, in ms
 * @param again after how long what could not be written is tried once more, in ms
 */
export function createRefusals(
  db: Knex,
  { log, within = hour, again = minute }: { log: Log; within?: number; again?: number },
): Refusals {
  const counted = new Map<string, Counted>();
  const writing = new Set<Promise<unknown>>();
  const timers = new Map<string, NodeJS.Timeout>();
  let closed = false;

  function write(key: string, entry: AuditRecord, more: number): void {
    const row = more > 0 ? { ...entry, detail: { ...entry.detail, more } } : entry;
    const attempt = waitingOf(log)
      .attempt(unwritten, {}, () => record(db, row))
      .then((isWritten) => isWritten || putBack(key, entry, Math.max(1, more)));
    writing.add(attempt);
    attempt.finally(() => writing.delete(attempt));
  }
  /** A row that cannot be written is counted with those that follow. */
  function putBack(key: string, entry: AuditRecord, more: number): void {
    if (closed) return;
    counted.set(key, { entry, more: more + (counted.get(key)?.more ?? 0) });
    settleIn(key, again);
  }
  function settleIn(key: string, ms: number): void {
    clearTimeout(timers.get(key));
    timers.set(key, setTimeout(() => settle(key), ms).unref());
  }
  function settle(key: string): void {
    clearTimeout(timers.get(key));
    const { entry, more } = counted.get(key) ?? {};
    counted.delete(key);
    timers.delete(key);
    if (entry && more) write(key, entry, more);
  }

  return {
    note({ action, why, by, about, detail = {} }) {
      const key = JSON.stringify([action, why, by, about, detail]);
      const known = counted.get(key);
      if (known) {
        known.more += 1;
        return;
      }
      const entry: AuditRecord = {
        actor: by ? { kind: 'gate', id: by } : { kind: 'anonymous' },
        action,
        subject: { kind: 'gate', id: about ?? by ?? 'unknown' },
        detail: { why, ...detail },
      };
      counted.set(key, { entry, more: 0 });
      settleIn(key, within);
      write(key, entry, 0);
    },
    async close() {
      closed = true;
      await Promise.all(writing);
      for (const key of [...counted.keys()]) settle(key);
      await Promise.all(writing);
    },
  };
}
