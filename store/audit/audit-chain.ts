import { createHash } from 'node:crypto';
import type { Knex } from 'knex';

/**
 * The audit is a chain: each record is sealed by a hash over itself and the hash before it, day after day. The database's
 * own function seals, apart from the pages: a page that had to take the last hash under a lock would wait for every other
 * page that is about to commit. So a record is sealed within seconds, and cannot be changed by the application before.
 */

/** Seals what was committed since, at most so many records. @returns how many; 0 too while somebody else is at it */
export async function sealAudit(db: Knex, most: number): Promise<number> {
  const { rows } = await db.raw<{ rows: [{ sealed: number }] }>('select seal_audit(?) as sealed', [most]);
  return rows[0].sealed;
}

/** What stands before the first record of all. */
export const beforeAll: Buffer = Buffer.alloc(32);

/** @param head what the day before ends in @param day YYYY-MM-DD in Shanghai */
export const openingOf = (head: Buffer, day: string): Buffer => createHash('sha256').update(head).update(day).digest();

/** A sealed record as text, each field as the database writes it. */
export interface SealedRecord {
  id: number;
  /** Within its day, from 1. */
  place: number;
  hash: Buffer;
  fields: (string | null)[];
}

/** The fields that are sealed, in their order. */
export const sealedFields = `array[chain_day::text, place::text, id::text,
  to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), actor_kind, actor_id, action,
  subject_kind, subject_id, detail::text, encode(address_hash, 'hex'), request_id]`;

/** Each field with its length in bytes, so that none runs into the next. */
export function hashOf(before: Buffer, fields: (string | null)[]): Buffer {
  const parts = fields.map((field) => (field === null ? '-' : `${Buffer.byteLength(field)}:${field}`));
  return createHash('sha256').update(before).update(parts.join('')).digest();
}
