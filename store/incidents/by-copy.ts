import type { Knex } from 'knex';
import { countOf, type Incident, touchedBy } from './touched.ts';

/**
 * Everybody who was in the database at a moment, for a copy or a backup of then. People whose data was deleted since are in
 * the copy and not here any more: how many accounts that is stands beside.
 */
export async function touchedByCopy(db: Knex, { at }: { at: Date }): Promise<Incident> {
  return {
    touched: await touchedBy(db, everybody, { at }),
    figures: {
      erased_since: await countOf(db, 'select count(*) from erasure where at > :at', { at }),
      data_requests: await countOf(
        db,
        // What they wrote is forgotten with the answer.
        'select count(*) from data_request where created_at <= :at and (closed_at is null or closed_at > :at)',
        { at },
      ),
      photographs: await countOf(db, 'select count(*) from photo where created_at <= :at', { at }),
      guardians: await countOf(
        db,
        'select count(*) from guardian where proved_at <= :at and (erased_at is null or erased_at > :at)',
        { at },
      ),
    },
  };
}

const everybody = `
  with come as (
    select p.reservation_id, p.ordinal, p.visitor_id, p.companion_id from reservation_person p
      join submission s on s.id = p.submission_id where s.created_at <= :at
    union all
    select a.reservation_id, a.ordinal, null, a.companion_id from awaited_person a
      join submission s on s.id = a.submission_id where s.created_at <= :at)
  select distinct 'visit' as kind, reservation_id as id, ordinal::int, 'in_database' as what from come
  union all
  select 'account', v.id, null, 'in_database' from visitor v
    where v.registered_at <= :at and v.erased_at is null
      and not exists (select from come where come.visitor_id = v.id)
  union all
  select 'companion', c.id, null, 'in_database' from companion c
    where c.created_at <= :at and c.erased_at is null and c.member_id is null
      and not exists (select from come where come.companion_id = c.id)
  union all
  select 'staff', s.id, null, 'in_database' from staff s where s.created_at <= :at and not s.demo`;
