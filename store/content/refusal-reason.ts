import type { Knex } from 'knex';
import { cached, type Localized, localized } from './content-cache.ts';

/** Why a department refuses a visit, from the list that an office edits. */
export interface RefusalReason {
  id: string;
  /** The visitor reads it. */
  name: Localized;
  /** Something has to be typed beside it. */
  needsText: boolean;
}

/** Those that are offered, in their order. */
export async function refusalReasons(db: Knex): Promise<RefusalReason[]> {
  return cached(db, 'refusal reasons', async () =>
    (await db('refusal_reason').whereNull('closed_at').orderBy(['position', 'id'])).map((row) => ({
      id: row.id,
      name: localized(row, 'name'),
      needsText: row.needs_text,
    })),
  );
}
