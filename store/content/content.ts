import type { Knex } from 'knex';
import { type PlanPoint, type PlanShape, readPlan } from '../../domain/plan.ts';
import { cached, type Localized, localized, localizedOrNull } from './content-cache.ts';
import { hoursOf } from './opening.ts';

/** What an office edits: the university, its campuses, gates, departments and reasons. Notices: notice.ts; guides: guide.ts. */

/** WGS 84 degrees. */
export interface Coordinates {
  latitude: number;
  longitude: number;
}

export interface University {
  /** Counts edits; the same of every row below. */
  version: number;
  name: Localized;
  /** The WeChat official account's name, for "follow us" hints. */
  accountName: string;
  logoSvg: string;
}
export interface Campus {
  id: string;
  version: number;
  /** Stands for the campus inside a pass token. */
  number: number;
  name: Localized;
  exitsRecorded: boolean;
  /** Persons a day; null: unlimited. */
  dailyCapacity: number | null;
  address: Localized | null;
  coordinates: Coordinates | null;
  /** Empty: nobody has drawn one. */
  plan: PlanShape[];
  /** How many companions one visitor may bring; and a group by spreadsheet. */
  partyLimit: number;
  groupLimit: number;
  /** Whether somebody inside may ask to stay longer. */
  extensions: boolean;
  /** Visiting hours in minutes since midnight; 0 and 1440: round the clock. */
  opens: number;
  closes: number;
  /** ISO weekdays closed every week: 1 Monday … 7 Sunday. */
  closedWeekdays: number[];
  closedAt: Date | null;
}
export interface Gate {
  id: string;
  version: number;
  campus: string;
  /** The gate's bit in a pass's bitmap. */
  number: number;
  name: Localized;
  coordinates: Coordinates | null;
  /** On the plan of its campus. */
  planPoint: PlanPoint | null;
  /** HH:MM in Asia/Shanghai, over midnight where it closes before it opens; null: all day. */
  hours: { opens: string; closes: string } | null;
  /** How to find it. */
  hint: Localized | null;
  retiredAt: Date | null;
}
export interface Department {
  id: string;
  version: number;
  campus: string;
  /** The department above it in the tree. */
  parent: string | null;
  name: Localized;
  /** Its building on the plan of its campus. */
  planPoint: PlanPoint | null;
  /** Whether visitors come to it; else it only groups others. */
  receives: boolean;
  /** Whether it has an approver; without one visitors are not offered it. */
  attended: boolean;
  building: Localized | null;
  /** The id of the gate to come in by. */
  nearestGate: string | null;
  closedAt: Date | null;
}
export interface Reason {
  id: string;
  version: number;
  /** The one department that offers it; null: everywhere. */
  department: string | null;
  name: Localized;
  closedAt: Date | null;
}
/** The row that names the house. Throws when the database was never seeded: no page can be drawn then. */
export async function getUniversity(db: Knex): Promise<University> {
  return cached(db, 'university', async () => {
    const row = await db('university').first();
    if (!row) throw new Error('The university row is missing: run the seed');
    return { version: row.version, name: localized(row, 'name'), accountName: row.account_name, logoSvg: row.logo_svg };
  });
}

/** Campuses that take reservations, by number: open, and with a gate in service. */
export async function openCampuses(db: Knex): Promise<Campus[]> {
  const [campuses, gates] = await Promise.all([allCampuses(db), allGates(db)]);
  const entered = new Set(gates.filter((gate) => !gate.retiredAt).map((gate) => gate.campus));
  return campuses.filter((campus) => !campus.closedAt && entered.has(campus.id));
}

/** Every campus, also the closed ones: past reservations name them. */
export async function allCampuses(db: Knex): Promise<Campus[]> {
  return cached(db, 'campuses', async () =>
    (await db('campus').orderBy('number')).map((row) => ({
      id: row.id,
      version: row.version,
      number: row.number,
      name: localized(row, 'name'),
      exitsRecorded: row.exits_recorded,
      dailyCapacity: row.daily_capacity,
      address: localizedOrNull(row, 'address'),
      coordinates: coordinatesOf(row),
      plan: planOf(row.plan),
      partyLimit: row.party_limit,
      groupLimit: row.group_limit,
      extensions: row.extensions,
      ...hoursOf(row),
      closedWeekdays: row.closed_weekdays,
      closedAt: row.closed_at,
    })),
  );
}

export async function allGates(db: Knex): Promise<Gate[]> {
  return cached(db, 'gates', async () =>
    (
      await db('gate')
        .select('id', 'version', 'campus_id', 'number', 'name_zh', 'name_en', 'retired_at')
        .select('latitude', 'longitude', 'plan_x', 'plan_y', 'opens_at', 'closes_at', 'hint_zh', 'hint_en')
        .orderBy(['campus_id', 'number'])
    ).map((row) => ({
      id: row.id,
      version: row.version,
      campus: row.campus_id,
      number: row.number,
      name: localized(row, 'name'),
      coordinates: coordinatesOf(row),
      planPoint: planPointOf(row),
      hours: row.opens_at && { opens: row.opens_at.slice(0, 5), closes: row.closes_at.slice(0, 5) },
      hint: localizedOrNull(row, 'hint'),
      retiredAt: row.retired_at,
    })),
  );
}

/** Every department, groups and closed ones too: siblings in their order. */
export async function allDepartments(db: Knex): Promise<Department[]> {
  return cached(db, 'departments', async () =>
    (
      await db('department')
        .select('department.*', db.raw('id in (select id from attended_department) as attended'))
        .orderBy(['position', 'id'])
    ).map((row) => ({
      id: row.id,
      version: row.version,
      campus: row.campus_id,
      parent: row.parent_id,
      name: localized(row, 'name'),
      planPoint: planPointOf(row),
      receives: row.receives,
      attended: row.attended,
      building: localizedOrNull(row, 'building'),
      nearestGate: row.nearest_gate,
      closedAt: row.closed_at,
    })),
  );
}

export async function openReasons(db: Knex): Promise<Reason[]> {
  return (await allReasons(db)).filter((reason) => !reason.closedAt);
}

export async function allReasons(db: Knex): Promise<Reason[]> {
  return cached(db, 'reasons', async () =>
    (await db('reason').orderBy('position')).map((row) => ({
      id: row.id,
      version: row.version,
      department: row.department_id,
      name: localized(row, 'name'),
      closedAt: row.closed_at,
    })),
  );
}

/** numeric comes as text. */
function coordinatesOf(row: { latitude: string | null; longitude: string | null }): Coordinates | null {
  return row.latitude === null ? null : { latitude: Number(row.latitude), longitude: Number(row.longitude) };
}

function planPointOf(row: { plan_x: number | null; plan_y: number | null }): PlanPoint | null {
  return row.plan_x === null || row.plan_y === null ? null : { x: row.plan_x, y: row.plan_y };
}

/** A plan that cannot be read is no plan: the page says the way in words. */
function planOf(stored: unknown): PlanShape[] {
  const read = readPlan(stored);
  return read.ok ? read.shapes : [];
}
