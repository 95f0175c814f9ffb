import type { Knex } from 'knex';
import { type ContentKind, type ContentRow, contentRows } from '../../../store/content/content-edit.ts';
import type { Formatting } from '../../formatting.ts';
import type { Choices } from './forms.ts';
import { linesOf, treeOf } from './tree.ts';

/** A row's names, from its columns. */
export const namesOf = ({ values }: ContentRow) => ({ 'zh-CN': String(values.name_zh), en: String(values.name_en) });

/**
 * What the selects of a form offer: gates and departments of the same campus, the latter as they stand in the tree.
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
  const here = ({ campus: other }: ContentRow) => other === campus;
  const lines = linesOf(treeOf(departments.filter(here))).filter(({ row }) => row.id !== self);
  return (format) => ({
    parent_id: lines.map(({ row, depth }) => ({
      value: row.id,
      label: indent.repeat(depth) + format.name(namesOf(row)),
    })),
    nearest_gate: offer(gates.filter(here))(format),
  });
}

/** A browser keeps it at the beginning of an option. */
const indent = '\u3000';
