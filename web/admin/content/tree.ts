import type { ContentRow } from '../../../store/content/content-edit.ts';

/** A department with those right below it, in their order. */
export interface Branch {
  row: ContentRow;
  below: Branch[];
}

/** Departments as they stand in the tree: those without a parent first. */
export function treeOf(departments: readonly ContentRow[]): Branch[] {
  const ids = new Set(departments.map(({ id }) => id));
  const children = Map.groupBy(departments, ({ values }) => {
    const parent = String(values.parent_id);
    return ids.has(parent) ? parent : null;
  });
  const reached = new Set<string>();
  const grow = (row: ContentRow): Branch => {
    reached.add(row.id);
    const below = (children.get(row.id) ?? []).filter(({ id }) => !reached.has(id));
    return { row, below: below.map(grow) };
  };
  const tops = (children.get(null) ?? []).map(grow);
  // A circle that stands in the rows hangs from one of its own, so that it is seen and can be opened.
  const circles = departments.flatMap((row) => (reached.has(row.id) ? [] : [grow(row)]));
  return [...tops, ...circles];
}

/** The tree line by line, with the depth of each. */
export const linesOf = (branches: readonly Branch[], depth = 0): { row: ContentRow; depth: number }[] =>
  branches.flatMap(({ row, below }) => [{ row, depth }, ...linesOf(below, depth + 1)]);
