import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { readSettings } from '../platform/config.ts';
import { openDatabase } from '../platform/db.ts';
import { owner } from '../platform/setting-groups.ts';

/**
 * npm run unknown-visits -- <copy of a gate's store>: which visits a gate was told of that the database does not know
 * (docs/disasters.md). It prints id, beginning and end of each; a box says nothing else without its keys.
 */
try {
  const [store] = process.argv.slice(2);
  if (!store) throw new Error('Name the copy of a gate’s store');
  const { DATABASE_OWNER_URL } = readSettings(
    z.object({ DATABASE_OWNER_URL: owner.DATABASE_OWNER_URL.unwrap() }),
    process.env,
  );
  const told = new DatabaseSync(store, { readOnly: true })
    .prepare(
      `select reservation as id, min(valid_from) as begins, max(valid_until) as ends
         from pass where revoked = 0 and valid_until > ? group by 1 order by 1`,
    )
    .all(Date.now()) as unknown as { id: string; begins: number | null; ends: number }[];
  const db = openDatabase({ DATABASE_URL: DATABASE_OWNER_URL, DATABASE_POOL: 1 });
  const ids = told.map(({ id }) => id);
  const known = new Set<string>(await db('reservation').whereRaw('id = any(?::uuid[])', [ids]).pluck('id'));
  const instant = (ms: number | null): string => (ms === null ? '-' : new Date(ms).toISOString());
  for (const { id, begins, ends } of told) if (!known.has(id)) console.log(id, instant(begins), instant(ends));
  process.exit(0);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
