import type { Knex } from 'knex';
import { countOf, type Incident, touchedBy } from './touched.ts';

/**
 * What an account of staff read and did in a time, out of the audit and the requests it made: pages of visits, whole document
 * numbers, photographs, evidence, claims of lost numbers. Lists and searches are counted: the audit does not name their lines.
 *
 * @param of.staff id
 * @param of.until excluded
 */
export async function touchedByStaff(db: Knex, of: { staff: string; from: Date; until: Date }): Promise<Incident> {
  const bindings = { ...of };
  return {
    touched: await touchedBy(db, read, bindings),
    figures: {
      sign_ins: await countOf(db, `select count(*) ${acts} and a.action = 'staff_signed_in'`, bindings),
      lists_and_searches: await countOf(db, `select count(*) ${acts} and a.action in (${lists})`, bindings),
      lines_in_lists: await countOf(
        db,
        `select sum((a.detail->>'found')::int) ${acts} and a.action in (${lists})`,
        bindings,
      ),
      engine_pages: await countOf(
        db,
        `select count(*) ${acts} and a.action in ('history_viewed', 'payload_decoded')`,
        bindings,
      ),
    },
  };
}

const acts = `from audit a where a.actor_kind = 'staff' and a.actor_id = :staff and a.at >= :from and a.at < :until`;
const lists = `'inbox_searched', 'reservations_searched'`;

/** A photograph that is gone says no more whose it was: everybody of its visit counts. */
const read = `
  with acts as (select a.* ${acts})
  select distinct 'visit' as kind, a.subject_id::uuid as id, null::int as ordinal,
      case a.action when 'evidence_viewed' then 'evidence' else 'visit_page' end as what
    from acts a where a.subject_kind = 'reservation'
      and a.action in ('task_viewed', 'reservation_viewed', 'evidence_viewed')
  union
  select 'visit', a.subject_id::uuid, p.ordinal::int, 'whole_document'
    from acts a left join reservation_person p
      on p.id = (a.detail->>'person')::uuid and p.reservation_id::text = a.subject_id
    where a.subject_kind = 'reservation' and a.action = 'document_unmasked'
  union
  select 'visit', a.subject_id::uuid, p.ordinal::int, 'photo'
    from acts a left join reservation_person p on p.reservation_id::text = a.subject_id
      and (a.detail->>'photo')::uuid in (p.document_photo_id, p.face_photo_id)
    where a.subject_kind = 'reservation' and a.action = 'photo_viewed'
  union
  select 'account', q.visitor_id, null, 'claim'
    from acts a join phone_recovery q on q.created_at <= a.at and coalesce(q.closed_at, now()) >= a.at
    where a.action = 'recovery_viewed'
  union
  select 'visit', r.reservation_id, null, 'acted' from request r
    where r.actor_kind = 'staff' and r.actor_id::text = :staff and r.created_at >= :from and r.created_at < :until`;
