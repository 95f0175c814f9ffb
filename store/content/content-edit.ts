import type { Knex } from 'knex';
import { readPlan, writePlan } from '../../domain/plan.ts';
import type { Transaction } from '../../platform/db.ts';
import type { Localized } from './content-cache.ts';
import { findCircle } from './department-tree.ts';

/**
 * Edits of the rows that an office keeps. Optimistic: an edit says which version it departs from, and the database
 * keeps the version before. Keys of gates, counters and everything else that is not named here cannot be edited.
 */

/** Working time from one rung of the ladder to the next, in minutes. */
export const waits = ['remind_after', 'remind_again_after', 'head_after', 'security_after'] as const;

const columns = {
  university: ['name_zh', 'name_en', 'account_name', 'logo_svg'],
  campus: [
    'name_zh',
    'name_en',
    'exits_recorded',
    'daily_capacity',
    'opens_at',
    'closes_at',
    'closed_weekdays',
    'party_limit',
    'group_limit',
    'extensions',
    'address_zh',
    'address_en',
    'latitude',
    'longitude',
    'plan',
    'closed_at',
  ],
  gate: [
    'name_zh',
    'name_en',
    'opens_at',
    'closes_at',
    'hint_zh',
    'hint_en',
    'latitude',
    'longitude',
    'plan_x',
    'plan_y',
    'retired_at',
  ],
  department: [
    'name_zh',
    'name_en',
    'parent_id',
    'position',
    'receives',
    'building_zh',
    'building_en',
    'nearest_gate',
    'plan_x',
    'plan_y',
    'closed_at',
  ],
  reason: ['name_zh', 'name_en', 'department_id', 'position', 'closed_at'],
  refusal_reason: ['name_zh', 'name_en', 'position', 'needs_text', 'closed_at'],
  office_hours: ['opens_at', 'closes_at', ...waits],
} as const;

export type ContentKind = keyof typeof columns;
export type Values = Record<string, unknown>;
export interface ContentRow {
  id: string;
  version: number;
  /** The campus it belongs to and stays with; null for what belongs to none. */
  campus: string | null;
  values: Values;
}

/** The row as it stands, past every cache. */
export async function findContentRow(db: Knex, kind: ContentKind, id: string): Promise<ContentRow | undefined> {
  const row = await db(kind).where({ id }).first();
  return row && readRow(kind, row);
}

/** Every row of a kind, in the order of its list. */
export async function contentRows(db: Knex, kind: ContentKind): Promise<ContentRow[]> {
  const orders = {
    university: ['id'],
    campus: ['number'],
    gate: ['campus_id', 'number'],
    department: ['campus_id', 'position', 'id'],
    reason: ['position', 'id'],
    refusal_reason: ['position', 'id'],
    office_hours: ['id'],
  };
  return (await db(kind).orderBy(orders[kind])).map((row) => readRow(kind, row));
}

export interface Edit {
  kind: ContentKind;
  id: string;
  /** The version whose text the editor saw. */
  version: number;
  values: Values;
  staff: string;
}

export type Edited =
  | { saved: true; version: number; changed: boolean }
  /** Somebody else was faster: the present version. */
  | { saved: false; now: ContentRow }
  /** A department would stand below itself: the names on the way. */
  | { saved: false; circle: Localized[] };

/** Writes the next version and keeps the former. The same edit twice is one: the second finds its own values. */
export async function editContent(trx: Transaction, { kind, id, version, values, staff }: Edit): Promise<Edited> {
  if (kind === 'department' && typeof values.parent_id === 'string') {
    const circle = await findCircle(trx, { department: id, parent: values.parent_id });
    if (circle) return { saved: false, circle };
  }
  const stored = await trx(kind).where({ id }).forUpdate().first();
  if (!stored) throw new Error(`There is no ${kind} to edit`);
  const now = readRow(kind, stored);
  const chosen = Object.fromEntries(columns[kind].map((column) => [column, values[column]]));
  if (sameValues(now.values, chosen)) return { saved: true, version: now.version, changed: false };
  if (now.version !== version) return { saved: false, now };
  await trx('content_revision').insert({
    kind,
    row_id: id,
    version,
    body: JSON.stringify(now.values),
    staff_id: staff,
  });
  await trx(kind)
    .where({ id })
    .update({ ...asColumns(chosen), version: version + 1 });
  return { saved: true, version: version + 1, changed: true };
}

/** A new row under the id that its form was given, so that the same form twice makes one. @returns whether it is new */
export async function addContent(
  trx: Transaction,
  {
    kind,
    id,
    campus,
    values,
  }: { kind: 'campus' | 'department' | 'reason' | 'refusal_reason'; id: string; campus?: string; values: Values },
): Promise<boolean> {
  const belongs = kind === 'department' ? { campus_id: campus } : {};
  const number = kind === 'campus' ? { number: trx.raw('(select coalesce(max(number), 0) + 1 from campus)') } : {};
  if (kind === 'campus') await trx.raw('lock table campus in share row exclusive mode');
  const made = await trx(kind)
    .insert({ id, ...belongs, ...number, ...columnsOf(kind, values) })
    .onConflict('id')
    .ignore()
    .returning('id');
  return made.length > 0;
}

export interface Revision {
  version: number;
  values: Values;
  /** Who replaced it, and when. */
  staff: string;
  at: Date;
}

/** What stood there before, newest first. */
export async function revisionsOf(db: Knex, kind: ContentKind, id: string): Promise<Revision[]> {
  const rows = await db('content_revision').where({ kind, row_id: id }).orderBy('version', 'desc').limit(20);
  return rows.map((row) => ({ version: row.version, values: row.body, staff: row.staff_id, at: row.at }));
}

function readRow(kind: ContentKind, row: Values): ContentRow {
  return {
    id: String(row.id),
    version: Number(row.version),
    campus: typeof row.campus_id === 'string' ? row.campus_id : null,
    values: Object.fromEntries(columns[kind].map((column) => [column, row[column] ?? null])),
  };
}

/** What may be written of a kind's values, as its columns take it. */
export const columnsOf = (kind: ContentKind, values: Values): Values =>
  asColumns(Object.fromEntries(columns[kind].map((column) => [column, values[column]])));

/** Lists and plans go into jsonb as text; a list of numbers is a column of its own type. */
const asColumns = (values: Values): Values =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, name === 'plan' ? JSON.stringify(value) : value]),
  );

/** As the database would compare them: a number that comes as text is the same number, a second of a clock is none. */
function sameValues(a: Values, b: Values): boolean {
  return JSON.stringify(comparable(a)) === JSON.stringify(comparable(b));
}

const comparable = (values: Values): Values =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      if (value === null || value === undefined) return [name, null];
      if (isDecimal(name)) return [name, Number(value)];
      if (name === 'plan') return [name, planAsRead(value)];
      if (name === 'opens_at' || name === 'closes_at') return [name, String(value).slice(0, 5)];
      return [name, value];
    }),
  );

/** numeric comes as text. */
const isDecimal = (name: string): boolean => ['latitude', 'longitude', ...waits].includes(name);

/** jsonb keeps no order of keys. */
function planAsRead(value: unknown): unknown {
  const read = readPlan(value);
  return read.ok ? writePlan(read.shapes) : value;
}
