import type { Knex } from 'knex';
import { type ContentKind, type ContentRow, contentRows } from '../../../store/content/content-edit.ts';
import type { Formatting } from '../../formatting.ts';
import type { Choices } from './forms.ts';

/** A row's names, from its columns. */
export const namesOf = ({ values }: ContentRow) => ({ 'zh-CN': String(values.name_zh), en: String(values.name_en) });

/**
 * What the selects of a form offer: gates and departments of the same campus; a department never below itself.
 * Closed ones are offered too, since rows may stand on them.
 */
export async function choicesFor(
  db: Knex,
  kind: ContentKind,
  { campus, self }: { campus: string | null; self: string | null },
): Promise<(format: Formatting) => Choices> {
  if (kind !== 'department' && kind !== 'reason') return () => ({});
  const [departments, gates] = await Promise.all([contentRows(db, 'department'), contentRows(db, 'gate')]);
  const offer = (rows: ContentRow[]) => (format: Formatting) =>
    rows.map((row) => ({ value: row.id, label: format.name(namesOf(row)) }));
  if (kind === 'reason') return (format) => ({ department_id: offer(departments)(format) });
  const below = self ? belowOf(departments, self) : new Set<string>();
  const parents = departments.filter((row) => row.campus === campus && !below.has(row.id));
  const near = gates.filter((row) => row.campus === campus);
  return (format) => ({ parent_id: offer(parents)(format), nearest_gate: offer(near)(format) });
}

/** A department with everything under it. */
function belowOf(departments: ContentRow[], top: string): Set<string> {
  const below = new Set([top]);
  for (let before = 0; before < below.size; ) {
    before = below.size;
    for (const { id, values } of departments) if (below.has(String(values.parent_id))) below.add(id);
  }
  return below;
}

/** Departments as they stand in the tree: parents before their own, with their depth. */
export function inTree(departments: ContentRow[]): { row: ContentRow; depth: number }[] {
  const ids = new Set(departments.map(({ id }) => id));
  const under = (parent: unknown, depth: number): { row: ContentRow; depth: number }[] =>
    departments
      .filter(({ values }) => (ids.has(String(values.parent_id)) ? values.parent_id : null) === parent)
      .flatMap((row) => [{ row, depth }, ...under(row.id, depth + 1)]);
  return under(null, 0);
}
