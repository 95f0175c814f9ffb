import type { Transaction } from '../../platform/db.ts';
import type { Localized } from './content-cache.ts';

/** Departments stand below each other, on one campus, without an end. */

/**
 * Waits for everybody else who moves a department: two at the same moment would each see no circle.
 * @returns the names of the way up from the department to itself that such a parent would make; undefined: there is none
 */
export async function findCircle(
  trx: Transaction,
  { department, parent }: { department: string; parent: string },
): Promise<Localized[] | undefined> {
  await trx.raw(`select pg_advisory_xact_lock(hashtextextended('the tree of departments', 0))`);
  const { rows } = await trx.raw<{ rows: Localized[] }>(
    `with recursive way (at, path) as (
       select cast(:parent as uuid), array[cast(:department as uuid), cast(:parent as uuid)]
       union all
       select d.parent_id, w.path || d.parent_id from way w join department d on d.id = w.at
         where w.at <> :department and (d.parent_id = :department or not d.parent_id = any (w.path)))
     select d.name_zh as "zh-CN", d.name_en as en from way, unnest(path) with ordinality p (id, n)
       join department d on d.id = p.id where at = :department order by n`,
    { department, parent },
  );
  return rows.length > 0 ? rows : undefined;
}

/** Ids of a department and of all below it, out of every department there is. */
export function departmentsBelow(departments: readonly { id: string; parent: string | null }[], top: string): string[] {
  const found = new Set([top]);
  // A set visits what is added while it is walked, and each once, so that a circle comes to an end.
  for (const at of found) for (const { id, parent } of departments) if (parent === at) found.add(id);
  return [...found];
}
