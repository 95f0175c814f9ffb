import type { Knex } from 'knex';

/**
 * What an office edits: the university, its campuses, gates, departments, reasons and notices.
 * Read on nearly every page and changed a few times a year, so each process keeps it for a few seconds.
 */

/** A sentence or name in every language the pages speak. */
export interface Localized {
  'zh-CN': string;
  en: string;
}

export interface University {
  name: Localized;
  /** The WeChat official account's name, for "follow us" hints. */
  accountName: string;
  logoSvg: string;
}
export interface Campus {
  id: string;
  /** Stands for the campus inside a pass token. */
  number: number;
  name: Localized;
  exitsRecorded: boolean;
  /** Persons a day; null: unlimited. */
  dailyCapacity: number | null;
  closedAt: Date | null;
}
export interface Gate {
  id: string;
  campus: string;
  /** The gate's bit in a pass's bitmap. */
  number: number;
  name: Localized;
  retiredAt: Date | null;
}
export interface Department {
  id: string;
  campus: string;
  name: Localized;
  closedAt: Date | null;
}
export interface Reason {
  id: string;
  name: Localized;
  closedAt: Date | null;
}
export const noticeKinds = ['terms', 'filling', 'privacy', 'visiting'] as const;
export type NoticeKind = (typeof noticeKinds)[number];
export interface Notice {
  id: string;
  kind: NoticeKind;
  version: number;
  title: Localized;
  /** Markdown. */
  body: Localized;
  /** SHA-256 over the published text; a consent copies it. */
  textHash: Buffer;
  publishedAt: Date;
}

/** The row that names the house. Throws when the database was never seeded: no page can be drawn then. */
export async function getUniversity(db: Knex): Promise<University> {
  return kept(db, 'university', async () => {
    const row = await db('university').first();
    if (!row) throw new Error('The university row is missing: run the seed');
    return { name: localized(row, 'name'), accountName: row.account_name, logoSvg: row.logo_svg };
  });
}

/** Campuses that take reservations, by number. */
export async function openCampuses(db: Knex): Promise<Campus[]> {
  return (await allCampuses(db)).filter((campus) => !campus.closedAt);
}

/** Every campus, also the closed ones: past reservations name them. */
export async function allCampuses(db: Knex): Promise<Campus[]> {
  return kept(db, 'campuses', async () =>
    (await db('campus').orderBy('number')).map((row) => ({
      id: row.id,
      number: row.number,
      name: localized(row, 'name'),
      exitsRecorded: row.exits_recorded,
      dailyCapacity: row.daily_capacity,
      closedAt: row.closed_at,
    })),
  );
}

/** The gates of a campus that are in service, by number. */
export async function gatesOf(db: Knex, campus: string): Promise<Gate[]> {
  return (await allGates(db)).filter((gate) => gate.campus === campus && !gate.retiredAt);
}

export async function allGates(db: Knex): Promise<Gate[]> {
  return kept(db, 'gates', async () =>
    (
      await db('gate')
        .select('id', 'campus_id', 'number', 'name_zh', 'name_en', 'retired_at')
        .orderBy(['campus_id', 'number'])
    ).map((row) => ({
      id: row.id,
      campus: row.campus_id,
      number: row.number,
      name: localized(row, 'name'),
      retiredAt: row.retired_at,
    })),
  );
}

/** The departments of a campus that receive visitors, in the order they were made. */
export async function departmentsOf(db: Knex, campus: string): Promise<Department[]> {
  return (await allDepartments(db)).filter((department) => department.campus === campus && !department.closedAt);
}

export async function allDepartments(db: Knex): Promise<Department[]> {
  return kept(db, 'departments', async () =>
    (await db('department').orderBy('id')).map((row) => ({
      id: row.id,
      campus: row.campus_id,
      name: localized(row, 'name'),
      closedAt: row.closed_at,
    })),
  );
}

export async function openReasons(db: Knex): Promise<Reason[]> {
  return (await allReasons(db)).filter((reason) => !reason.closedAt);
}

export async function allReasons(db: Knex): Promise<Reason[]> {
  return kept(db, 'reasons', async () =>
    (await db('reason').orderBy('position')).map((row) => ({
      id: row.id,
      name: localized(row, 'name'),
      closedAt: row.closed_at,
    })),
  );
}

/** The newest published version of a notice. Throws when there is none: nobody can agree to nothing. */
export async function currentNotice(db: Knex, kind: NoticeKind): Promise<Notice> {
  return kept(db, `notice/${kind}`, async () => {
    const row = await db('notice')
      .where({ kind })
      .andWhere('published_at', '<=', db.fn.now())
      .orderBy('version', 'desc')
      .first();
    if (!row) throw new Error(`No notice of kind ${kind} is published: run the seed`);
    return readNotice(row);
  });
}

/** One exact version: what somebody agreed to stays readable. */
export async function notice(db: Knex, kind: NoticeKind, version: number): Promise<Notice | undefined> {
  const row = await db('notice').where({ kind, version }).andWhere('published_at', '<=', db.fn.now()).first();
  return row && readNotice(row);
}

/** Drops what this process keeps, so that the next read sees a change at once. */
export function forgetContent(db: Knex): void {
  keptContent.delete(db);
}

const keepFor = 5_000;
const keptContent = new WeakMap<Knex, Map<string, { until: number; value: Promise<unknown> }>>();

/** A failed read is not kept: the next page asks again. */
function kept<T>(db: Knex, key: string, load: () => Promise<T>): Promise<T> {
  const entries = keptContent.get(db) ?? new Map<string, { until: number; value: Promise<unknown> }>();
  keptContent.set(db, entries);
  const entry = entries.get(key);
  if (entry && entry.until > Date.now()) return entry.value as Promise<T>;
  const value = load();
  entries.set(key, { until: Date.now() + keepFor, value });
  value.catch(() => entries.delete(key));
  return value;
}

function localized(row: Record<string, unknown>, column: string): Localized {
  return { 'zh-CN': String(row[`${column}_zh`]), en: String(row[`${column}_en`]) };
}

interface NoticeRow extends Record<string, unknown> {
  id: string;
  kind: NoticeKind;
  version: number;
  text_hash: Buffer;
  published_at: Date;
}

function readNotice(row: NoticeRow): Notice {
  return {
    id: row.id,
    kind: row.kind,
    version: row.version,
    title: localized(row, 'title'),
    body: localized(row, 'body'),
    textHash: row.text_hash,
    publishedAt: row.published_at,
  };
}
