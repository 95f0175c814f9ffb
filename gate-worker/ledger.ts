import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ledgerSteps } from './ledger-steps.ts';

/**
 * The gate's own book, one SQLite file: what it knows of passes, what it answered, how far it has read. WAL with
 * `synchronous=FULL`: an answer once given is on the disk, also after a power cut. Names, plates and document
 * proofs are encrypted under the gate's local key, gate codes kept as HMAC, and plates too, to be looked up.
 */
export type Ledger = DatabaseSync;

/**
 * Opens the file, or makes it, and moves it to what this version of the gate writes.
 * @param file path, or ':memory:'
 * @throws Error when a newer version of the gate has written it
 */
export function openLedger(file: string): Ledger {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const ledger = new DatabaseSync(file, { timeout: 5_000 });
  ledger.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on');
  try {
    inTransaction(ledger, () => moveForwards(ledger));
  } catch (error) {
    ledger.close();
    throw error;
  }
  return ledger;
}

/**
 * Takes the steps that the file has not taken yet; `user_version` counts them.
 * @throws Error when a newer gate has written the file
 */
function moveForwards(ledger: Ledger): void {
  const taken = Number(ledger.prepare('pragma user_version').get()?.user_version);
  if (taken > ledgerSteps.length) {
    throw new Error(
      `This gate's store was written by a newer version of the gate: it has taken ${taken} steps, this version knows ` +
        `${ledgerSteps.length}. Start the newer version. Keep the file: it may hold entries that nobody was told of.`,
    );
  }
  for (const step of ledgerSteps.slice(taken)) step(ledger);
  ledger.exec(`pragma user_version = ${ledgerSteps.length}`);
}

/** Does everything or nothing, with one wait for the disk. */
export function inTransaction<T>(ledger: Ledger, work: () => T): T {
  ledger.exec('begin immediate');
  try {
    const result = work();
    ledger.exec('commit');
    return result;
  } catch (error) {
    // A disk that is full may have undone it already.
    if (ledger.isTransaction) ledger.exec('rollback');
    throw error;
  }
}

/** For writes that may be lost in a power cut and are then simply done again: nobody waits for the disk. */
export function withoutWaiting<T>(ledger: Ledger, work: () => T): T {
  ledger.exec('pragma synchronous = normal');
  try {
    return work();
  } finally {
    ledger.exec('pragma synchronous = full');
  }
}
