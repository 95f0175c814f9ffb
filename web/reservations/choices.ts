import type { Calendar } from '../../domain/next-window.ts';
import {
  allCampuses,
  allDepartments,
  allGates,
  allReasons,
  type Campus,
  type Department,
  type Gate,
  openCampuses,
  openReasons,
  type Reason,
} from '../../store/content/content.ts';
import { cached, type Localized } from '../../store/content/content-cache.ts';
import { closedDaysOf, fullDaysOf } from '../../store/content/opening.ts';
import { openWindowsOf } from '../../store/reservations/open-windows.ts';
import type { WebDeps } from '../deps.ts';

/** What may be chosen today: only what is open, and departments that receive and have somebody to ask. */
export interface Choices {
  campuses: Campus[];
  departments: Department[];
  /** Every department, groups too: what the tree is drawn from. */
  tree: Department[];
  reasons: Reason[];
  gates: Gate[];
}

/** The days of one campus. */
export interface Days {
  calendar: Calendar;
  /** Why a day is closed, where somebody said so. */
  closedBecause: Map<string, Localized>;
}

/** The same object as long as the rows are the same, so that what is drawn of it is drawn once. */
export async function readChoices({ db }: Pick<WebDeps, 'db'>): Promise<Choices> {
  const rows = await Promise.all([allCampuses(db), allGates(db), allDepartments(db), allReasons(db)]);
  const known = lately.get(db);
  if (known && rows.every((list, index) => list === known.rows[index])) return known.choices;
  const [, gates, tree] = rows;
  const [campuses, reasons] = await Promise.all([openCampuses(db), openReasons(db)]);
  const isOffered = ({ campus, receives, attended, closedAt }: Department) =>
    receives && attended && !closedAt && campuses.some(({ id }) => id === campus);
  const choices = { campuses, departments: tree.filter(isOffered), tree, reasons, gates };
  lately.set(db, { rows, choices });
  return choices;
}

const lately = new WeakMap<WebDeps['db'], { rows: unknown[]; choices: Choices }>();

/** Read for the chosen campus, or the only one; undefined while none is known. */
export async function readDays(
  { db, reads }: Pick<WebDeps, 'db' | 'reads'>,
  { campuses }: Pick<Choices, 'campuses'>,
  {
    campus: chosen,
    visitor,
    ...of
  }: { campus: string; visitor: string; apart?: string | undefined; companion?: string | undefined },
): Promise<Days | undefined> {
  const campus = campuses.find(({ id }) => id === chosen) ?? (campuses.length === 1 ? campuses[0] : undefined);
  if (!campus) return undefined;
  const [closed, fullDays, taken] = await Promise.all([
    // A form may be some seconds behind; admission never is.
    cached(db, `closed_days/${campus.id}`, () => closedDaysOf(db, campus.id)),
    cached(db, `full_days/${campus.id}`, () => fullDaysOf(db, campus.id)),
    openWindowsOf(reads, visitor, { campus: campus.id, ...of }),
  ]);
  const { opens, closes, closedWeekdays } = campus;
  return {
    calendar: {
      opening: { opens, closes, closedWeekdays, closedDays: closed.map(({ day }) => day) },
      fullDays,
      taken: taken.map(({ from, until }) => ({ from: from.getTime(), until: until.getTime() })),
    },
    closedBecause: new Map(closed.map(({ day, reason }) => [day, reason])),
  };
}
