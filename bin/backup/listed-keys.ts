import type { Client } from 'pg';
import { z } from 'zod';
import { liveKinds } from '../../platform/live-keys.ts';

/**
 * What the database knows of keys: a backup brings those of its day back, and what was replaced or revoked since has to be
 * known then. Ids, fingerprints and public halves, no key.
 */

const base64 = z.base64().nullable();
export const listedKeys = z.array(
  z.object({
    /** As `nameOfGateKey` has it, of every kind. */
    id: z.string(),
    kind: z.enum(liveKinds),
    kid: z.string(),
    fingerprint: z.string().nullable(),
    public: base64,
    vouchedBy: z.number().nullable(),
    vouch: base64,
    revokedAt: z.iso.datetime().nullable(),
    /** When it came into use here; null: a list of before does not say. */
    addedAt: z.iso.datetime().nullable().default(null),
  }),
);
export type ListedKey = z.output<typeof listedKeys>[number];

export async function listKeys(client: Client): Promise<ListedKey[]> {
  const there = await client.query(
    `select to_regclass('public.key_fingerprint') is not null and to_regclass('public.public_key') is not null as there`,
  );
  if (!there.rows[0].there) return [];
  const { rows } = await client.query(`select coalesce(f.kind, p.use) as kind, coalesce(f.kid, p.kid::text) as kid,
      f.fingerprint, p.public, p.vouched_by, p.vouch, p.revoked_at, coalesce(f.added_at, p.added_at) as added_at
    from key_fingerprint f full join public_key p on p.use = f.kind and p.kid::text = f.kid
    order by coalesce(f.added_at, p.added_at)`);
  return rows.map((row) => ({
    id: `${row.kind}/${row.kid}`,
    kind: row.kind,
    kid: row.kid,
    fingerprint: row.fingerprint,
    public: row.public?.toString('base64') ?? null,
    vouchedBy: row.vouched_by,
    vouch: row.vouch?.toString('base64') ?? null,
    revokedAt: row.revoked_at?.toISOString() ?? null,
    addedAt: row.added_at.toISOString(),
  }));
}

/** Once revoked, a key stays so, whatever a database of before says; and of one that a restore brought back by name alone its fingerprint stays known. */
export function unitedKeys(before: ListedKey[], found: ListedKey[]): ListedKey[] {
  const earlier = new Map(before.map((key) => [key.id, key]));
  const now = found.map((key) => {
    const listed = earlier.get(key.id);
    if (!listed || !isSameKey(listed, key)) return key;
    const isKnown = key.fingerprint !== null;
    return {
      ...key,
      revokedAt: listed.revokedAt ?? key.revokedAt,
      fingerprint: key.fingerprint ?? listed.fingerprint,
      addedAt: isKnown ? key.addedAt : listed.addedAt,
    };
  });
  const known = new Set(found.map(({ id }) => id));
  return [...before.filter(({ id }) => !known.has(id)), ...now];
}

const isSameKey = (one: ListedKey, other: ListedKey): boolean => one.public === other.public;
