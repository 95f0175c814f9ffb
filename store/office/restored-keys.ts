import type { Knex } from 'knex';

/** Keys of before that the last restore brought back, and gates that are as they had been changed since: until what they ask for is done. */

export interface RestoredKey {
  kind: 'key_brought_back' | 'gate_keys_anew' | 'gate_retired_again';
  /** `feed/3` of a key, the id of a gate. */
  subject: string;
  /** Short words and fingerprints. */
  detail: Record<string, string>;
  seenAt: Date;
}

/**
 * A key, until one of its kind came into use since. A gate with later keys, until it was heard of by them; one out of service, for
 * a month. Condition on a finding `f` and its restore `r`.
 */
const stands = `(
  f.kind = 'key_brought_back' and not exists (
    select from key_fingerprint k where k.kind = split_part(f.subject, '/', 1) and k.added_at > r.restored_at)
  or f.kind = 'gate_keys_anew' and exists (
    select from gate g left join gate_contact c on c.gate_id = g.id
     where g.id = f.subject and g.retired_at is null and coalesce(c.seen_at, '-infinity') < r.restored_at)
  or f.kind = 'gate_retired_again' and f.seen_at > now() - interval '30 days')`;

const standing = `
  from restore_finding f join restore r on r.id = f.restore_id
  where r.restored_at = (select max(restored_at) from restore) and ${stands}`;

export async function restoredKeys(db: Knex): Promise<RestoredKey[]> {
  const { rows } = await db.raw<{ rows: RestoredKey[] }>(
    `select f.kind, f.subject, f.detail, f.seen_at as "seenAt" ${standing} order by f.kind, f.subject`,
  );
  return rows;
}

/** SQL for how many they are. */
export const restoredKeyCount = `(select count(*) ${standing})`;
