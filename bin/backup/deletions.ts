import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import { z } from 'zod';
import { listErasures, listedErasures } from './erasures.ts';
import { sha256OfJson } from './files.ts';
import { listedGates, listGates, unitedGates } from './listed-gates.ts';
import { listedKeys, listKeys, unitedKeys } from './listed-keys.ts';
import { listedRemovals, listRemovals } from './removals.ts';

/**
 * A list beside the backups of what comes back with one and may not stay: what was deleted by wish, and keys that were replaced or revoked. It holds
 * ids, times, what the owners of accounts were given and public halves of keys; nothing about a person, and no key.
 */

const shape = z.object({
  accounts: listedErasures,
  elsewhere: listedRemovals,
  keys: listedKeys,
  gates: listedGates.default([]),
});
export type Deletions = z.output<typeof shape>;

const name = 'deletions.json';
const none: Deletions = { accounts: [], elsewhere: [], keys: [], gates: [] };

export async function listDeletions(client: Client): Promise<Deletions> {
  return {
    accounts: await listErasures(client),
    elsewhere: await listRemovals(client),
    keys: await listKeys(client),
    gates: await listGates(client),
  };
}

/** Beside the backups below `to`; what an earlier list had and this database has not stays in it. */
export function keepDeletions(to: string, found: Deletions): void {
  const before = readDeletions(to);
  const deletions: Deletions = {
    accounts: united(before.accounts, found.accounts),
    elsewhere: united(before.elsewhere, found.elsewhere),
    keys: unitedKeys(before.keys, found.keys),
    gates: unitedGates(before.gates, found.gates),
  };
  const path = join(to, name);
  const whole = { deletions, sha256: sha256OfJson(deletions) };
  // Two may write at once: one by its hour, and one by hand.
  const fresh = `${path}.${process.pid}.new`;
  writeFileSync(fresh, `${JSON.stringify(whole)}\n`, { mode: 0o600, flush: true });
  renameSync(fresh, path);
}

/** @throws Error when a byte of it is another */
export function readDeletions(to: string): Deletions {
  const path = join(to, name);
  if (!existsSync(path)) return none;
  try {
    const { deletions, sha256 } = JSON.parse(readFileSync(path, 'utf8'));
    // One of before named accounts alone.
    if (sha256 === sha256OfJson(deletions))
      return shape.parse(Array.isArray(deletions) ? { ...none, accounts: deletions } : { ...none, ...deletions });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Error(`${path} is not as it was written: bring back the list that was copied last`);
}

function united<T extends { id: string }>(before: T[], found: T[]): T[] {
  const known = new Set(found.map(({ id }) => id));
  return [...before.filter(({ id }) => !known.has(id)), ...found];
}
