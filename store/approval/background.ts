import type { Knex } from 'knex';
import type { Task } from './task.ts';

/**
 * What else is known that a decision may need, within what the reader may see: earlier visits to departments for which
 * they act, other visits of the same people at the same time, and the places that are left. People are the same where
 * their documents are.
 */
export interface Background {
  /** Of each of the party who was here before; by ordinal. */
  earlier: { ordinal: number; visits: number; noShows: number }[];
  /** Where one of the party is expected at the same time. `department`: only where the reader acts for it. */
  elsewhere: { ordinal: number; from: Date; until: Date; campus: string; department: string | null }[];
  /** Of each day of the visit, after the places that it holds itself; none where a campus has no limit. */
  places: { day: string; left: number; capacity: number }[];
}

/** The reader's departments, by whatever seat, also those of somebody they stand in for. */
const seats = `select distinct s.department_id from acts_for(:staff) a cross join lateral acting_seats(a.staff_id) s`;

/** @param staff who reads it */
export async function findBackground(
  db: Knex,
  staff: string,
  { reservation, submission, campus }: Pick<Task, 'reservation' | 'submission' | 'campus'>,
): Promise<Background> {
  const [earlier, elsewhere, places] = await Promise.all([
    db.raw<{ rows: Background['earlier'] }>(beforeSql, { staff, reservation, submission }),
    db.raw<{ rows: Background['elsewhere'] }>(elsewhereSql, { staff, reservation, submission }),
    db.raw<{ rows: Background['places'] }>(placesSql, { reservation, submission, campus }),
  ]);
  return { earlier: earlier.rows, elsewhere: elsewhere.rows, places: places.rows };
}

/** Everybody else's rows of the people of this submission. */
const samePeople = `reservation_person p
  join reservation_person o on o.document_hash = p.document_hash and o.reservation_id <> p.reservation_id
  join reservation r on r.id = o.reservation_id and r.submission_id = o.submission_id`;

const beforeSql = `select p.ordinal, count(distinct r.id) filter (where r.outcome = 'completed')::int as visits,
    count(distinct r.id) filter (where r.outcome = 'no_show')::int as "noShows"
  from ${samePeople}
  where p.submission_id = :submission and p.reservation_id = :reservation and p.erased_at is null
    and r.outcome in ('completed', 'no_show') and r.department_id in (${seats})
  group by p.ordinal order by p.ordinal`;

const elsewhereSql = `select distinct p.ordinal, r.visit_from as from, r.visit_until as until, r.campus_id as campus,
    case when r.department_id in (${seats}) then r.department_id end as department
  from ${samePeople}
  join submission s on s.id = p.submission_id
  where p.submission_id = :submission and p.reservation_id = :reservation and p.erased_at is null
    and r.stage in ('approval', 'pass', 'visit') and r.visit_from < s.visit_until and r.visit_until > s.visit_from
  order by p.ordinal, r.visit_from`;

/** Of whatever an office set since: a slot that is older than its campus's number goes by the new one. */
const placesSql = `select to_char(d.day, 'YYYY-MM-DD') as day, c.daily_capacity as capacity,
    greatest(0, c.daily_capacity - coalesce(l.held, 0)) as left
  from campus c join submission s on s.id = :submission and s.reservation_id = :reservation
  cross join lateral (
    select day::date from generate_series((s.visit_from at time zone 'Asia/Shanghai')::date,
      ((s.visit_until - interval '1 microsecond') at time zone 'Asia/Shanghai')::date, interval '1 day') day) d
  left join slot l on l.campus_id = c.id and l.day = d.day
  where c.id = :campus and c.daily_capacity is not null order by d.day`;
