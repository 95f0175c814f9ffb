import type { Knex } from 'knex';

/** Content is read on nearly every page and changed a few times a year, so each process caches it for a few seconds. */

/** A sentence or name in every language the pages speak. */
export interface Localized {
  'zh-CN': string;
  en: string;
}

/** Empties this process's cache, so that the next read sees a change at once. */
export function forgetContent(db: Knex): void {
  keptContent.get(db)?.clear();
}

/** From now on two pools of one process read through the same cache. */
export function shareContent(db: Knex, other: Knex): void {
  keptContent.set(other, entriesOf(db));
}

const keepFor = 5_000;
type Entries = Map<string, { until: number; value: Promise<unknown> }>;
const keptContent = new WeakMap<Knex, Entries>();

function entriesOf(db: Knex): Entries {
  const entries: Entries = keptContent.get(db) ?? new Map();
  keptContent.set(db, entries);
  return entries;
}

/** Reads content through the cache. A failed read is not cached: the next page asks again. */
export function cached<T>(db: Knex, key: string, load: () => Promise<T>): Promise<T> {
  const entries = entriesOf(db);
  const entry = entries.get(key);
  if (entry && entry.until > Date.now()) return entry.value as Promise<T>;
  const value = load();
  entries.set(key, { until: Date.now() + keepFor, value });
  value.catch(() => entries.delete(key));
  return value;
}

/** `<column>_zh` and `<column>_en` of a row. */
export function localized(row: Record<string, unknown>, column: string): Localized {
  return { 'zh-CN': String(row[`${column}_zh`]), en: String(row[`${column}_en`]) };
}

/** The same where both may be missing. */
export function localizedOrNull(row: Record<string, unknown>, column: string): Localized | null {
  return row[`${column}_zh`] === null ? null : localized(row, column);
}
