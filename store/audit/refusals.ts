import type { Knex } from 'knex';
import { hour } from '../../domain/time.ts';
import type { Log } from '../../platform/log.ts';
import { waitingOf } from '../../platform/waiting.ts';
import { type AuditAction, type AuditRecord, record } from './audit.ts';

/**
 * Refusals of machines, in the audit: the first of a kind at once, and how many followed in one row a while later. Somebody who
 * knocks a thousand times a second writes two rows in that while, and not more kinds than the caller has words.
 */
export interface Refusals {
  note(refusal: Refusal): void;
  /** Writes what was only counted. */
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
  more: number;
}

const unwritten = 'refusals are not written into the audit';

/** @param within how long refusals of a kind are counted before they are written, in ms */
export function createRefusals(db: Knex, { log, within = hour }: { log: Log; within?: number }): Refusals {
  const counted = new Map<string, Counted>();
  const writing = new Set<Promise<unknown>>();
  const timers = new Map<string, NodeJS.Timeout>();

  function write(entry: AuditRecord): void {
    const attempt = waitingOf(log).attempt(unwritten, {}, () => record(db, entry));
    writing.add(attempt);
    attempt.finally(() => writing.delete(attempt));
  }
  function settle(key: string): void {
    clearTimeout(timers.get(key));
    const { entry, more } = counted.get(key) ?? {};
    counted.delete(key);
    timers.delete(key);
    if (entry && more) write({ ...entry, detail: { ...entry.detail, more } });
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
      timers.set(key, setTimeout(() => settle(key), within).unref());
      write(entry);
    },
    async close() {
      for (const key of [...counted.keys()]) settle(key);
      await Promise.all(writing);
    },
  };
}
