import type { Knex } from 'knex';
import type { Channel, Outcome, Stage } from '../../domain/reservation.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { rowCipher } from '../../platform/row-cipher.ts';
import { type Ahead, ahead, layOver } from '../reservations/behind.ts';

/** Visits as other systems of the university read them. Drafts are nobody's but their visitor's. */

export interface ReadVisit {
  id: string;
  stage: Stage;
  outcome: Outcome | null;
  channel: Channel;
  campus: string;
  department: string;
  from: Date;
  until: Date;
  /** Everybody of the party, ready or not. */
  persons: number;
  /** When the first of them came in, and how many were seen last going in. */
  enteredAt: Date | null;
  inside: number;
  createdAt: Date;
  changedAt: Date;
}

export interface VisitFilter {
  /** Only visits to these departments; left out: to all. */
  departments?: readonly string[] | undefined;
  stage?: Stage | undefined;
  /** The visit goes on or begins after this instant. */
  after?: Date | undefined;
  /** It begins before this one. */
  before?: Date | undefined;
}

/** Newest first. `next` is the id of a page's last visit; set when there is more. */
export async function listVisits(
  db: Knex,
  filter: VisitFilter,
  page: { limit: number; below?: string | undefined },
): Promise<{ visits: ReadVisit[]; next?: string }> {
  const rows: Row[] = await visits(db, filter)
    .modify((query) => {
      if (filter.stage) query.where('r.stage', filter.stage);
      if (filter.after) query.where('r.visit_until', '>', filter.after);
      if (filter.before) query.where('r.visit_from', '<', filter.before);
      if (page.below)
        query.whereRaw('(r.created_at, r.id) < (select created_at, id from reservation where id = ?)', [page.below]);
    })
    .orderByRaw('r.created_at desc, r.id desc')
    .limit(page.limit + 1);
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  return { visits: shown.map(readVisit), ...(rows.length > page.limit && last && { next: last.id }) };
}

export async function findVisit(
  db: Knex,
  id: string,
  { departments }: Pick<VisitFilter, 'departments'>,
): Promise<ReadVisit | undefined> {
  const row: Row | undefined = await visits(db, { departments }).where('r.id', id).first();
  return row && readVisit(row);
}

export interface VisitPerson {
  ordinal: number;
  name: string;
  phone: string | null;
  organisation: string | null;
  plate: string | null;
}

/** Who comes, as they were submitted; nobody whose data was deleted. Never a document. */
export async function visitPeople(db: Knex, cipher: FieldCipher, visit: string): Promise<VisitPerson[]> {
  const rows = await db('reservation_person as p')
    .join('reservation as r', 'r.submission_id', 'p.submission_id')
    .where('r.id', visit)
    .whereNull('p.erased_at')
    .whereRaw('p.ordinal = any(r.ordinals)')
    .orderBy('p.ordinal')
    .select('p.id', 'p.ordinal', 'p.name_enc', 'p.phone_enc', 'p.unit_enc', 'p.plate_enc');
  return rows.map((row) => {
    const { open } = rowCipher(cipher, 'reservation_person', row.id);
    return {
      ordinal: row.ordinal,
      name: open('name_enc', row.name_enc) ?? '',
      phone: open('phone_enc', row.phone_enc),
      organisation: open('unit_enc', row.unit_enc),
      plate: open('plate_enc', row.plate_enc),
    };
  });
}

const visits = (db: Knex, { departments }: Pick<VisitFilter, 'departments'>) =>
  db('reservation as r')
    .whereNotNull('r.submission_id')
    .modify((query) => {
      if (departments) query.whereIn('r.department_id', [...departments]);
    })
    .select('r.id', 'r.stage', 'r.outcome', 'r.channel', 'r.campus_id', 'r.department_id', 'r.visit_from')
    .select('r.visit_until', 'r.created_at', 'r.changed_at', db.raw(`${ahead} as ahead`))
    .select(db.raw('coalesce(r.persons, cardinality(r.ordinals)) as persons'))
    .select(
      db.raw(`(select min(e.occurred_at) from gate_event e
        where e.reservation_id = r.id and e.direction = 'in' and e.annulled_at is null) as entered_at`),
      db.raw(`(select count(*)::int from (select distinct on (e.ordinal) e.direction from gate_event e
        where e.reservation_id = r.id and e.annulled_at is null order by e.ordinal, e.occurred_at desc) last where last.direction = 'in') as inside`),
    );

interface Row {
  id: string;
  stage: Stage;
  outcome: Outcome | null;
  channel: Channel;
  campus_id: string;
  department_id: string;
  visit_from: Date;
  visit_until: Date;
  persons: number;
  created_at: Date;
  changed_at: Date;
  entered_at: Date | null;
  inside: number;
  ahead: Ahead[];
}

function readVisit(row: Row): ReadVisit {
  const { stage, outcome } = layOver({ stage: row.stage, outcome: row.outcome }, row.ahead);
  return {
    id: row.id,
    stage,
    outcome,
    channel: row.channel,
    campus: row.campus_id,
    department: row.department_id,
    from: row.visit_from,
    until: row.visit_until,
    persons: row.persons,
    enteredAt: row.entered_at,
    inside: row.inside,
    createdAt: row.created_at,
    changedAt: row.changed_at,
  };
}
