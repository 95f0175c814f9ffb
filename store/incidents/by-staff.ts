import type { Knex } from 'knex';
import type { AuditAction } from '../audit/audit.ts';
import { countOf, type Figure, type Incident, type Touch, touchedBy } from './touched.ts';

/**
 * What an account of staff read and did in a time, out of the audit and the requests it made: pages of visits, whole document
 * numbers, photographs, evidence, claims of lost numbers. Lists and searches are counted: the audit does not name their lines. So
 * are requests of people without an account about their data.
 *
 * @param of.staff id
 * @param of.until excluded
 */
export async function touchedByStaff(db: Knex, of: { staff: string; from: Date; until: Date }): Promise<Incident> {
  const bindings = { ...of };
  const count = (figure: Parameters<typeof lookedBy>[0]) =>
    countOf(db, `select count(*) ${acts} and a.action in (${lookedBy(figure)})`, bindings);
  return {
    touched: await touchedBy(db, read, bindings),
    figures: {
      sign_ins: await countOf(db, `select count(*) ${acts} and a.action = 'staff_signed_in'`, bindings),
      lists_and_searches: await count('lists_and_searches'),
      lines_in_lists: await countOf(
        db,
        `select sum((a.detail->>'found')::int) ${acts} and a.action in (${lookedBy('lists_and_searches')})`,
        bindings,
      ),
      engine_pages: await count('engine_pages'),
      data_request_views: await count('data_request_views'),
      data_requests_answered: await countOf(
        db,
        `select count(*) ${acts} and a.action in ('data_request_answered', 'data_request_refused')`,
        bindings,
      ),
    },
  };
}

/**
 * Where the answer has each act of looking that the audit knows: by the page of a visit, as something else that touches somebody,
 * in a figure. `harmless`: no visitor is named there. `not_staff`: visitors, gates and the operator do it.
 */
export const looks = {
  task_viewed: 'visit_page',
  reservation_viewed: 'visit_page',
  evidence_viewed: 'evidence',
  document_unmasked: 'whole_document',
  photo_viewed: 'photo',
  recovery_viewed: 'claim',
  inbox_searched: 'lists_and_searches',
  reservations_searched: 'lists_and_searches',
  inside_listed: 'lists_and_searches',
  evacuation_listed: 'lists_and_searches',
  // A vehicle's visits, by its plate, at the security desk.
  cash_searched: 'lists_and_searches',
  history_viewed: 'engine_pages',
  payload_decoded: 'engine_pages',
  data_requests_viewed: 'data_request_views',
  // Requests, messages and gates by ids, and staff.
  faults_viewed: 'harmless',
  payments_viewed: 'harmless',
  // Ids and times, and staff.
  audit_viewed: 'harmless',
  held_viewed: 'not_staff',
  data_exported: 'not_staff',
  affected_listed: 'not_staff',
  affected_exported: 'not_staff',
  pass_shown: 'not_staff',
  pass_opened: 'not_staff',
  pass_printed: 'not_staff',
} as const satisfies Partial<Record<AuditAction, Touch | Figure | 'harmless' | 'not_staff'>>;

/** SQL: the actions that stand there, as a list. */
const lookedBy = (...where: (typeof looks)[keyof typeof looks][]): string =>
  Object.entries(looks)
    .filter(([, one]) => where.includes(one))
    .map(([action]) => `'${action}'`)
    .join(', ');

const acts = `from audit a where a.actor_kind = 'staff' and a.actor_id = :staff and a.at >= :from and a.at < :until`;

/** A photograph that is gone says no more whose it was: everybody of its visit counts. */
const read = `
  with acts as (select a.* ${acts})
  select distinct 'visit' as kind, a.subject_id::uuid as id, null::int as ordinal,
      case a.action when 'evidence_viewed' then 'evidence' else 'visit_page' end as what
    from acts a where a.subject_kind = 'reservation'
      and a.action in (${lookedBy('visit_page', 'evidence')})
  union
  select 'visit', a.subject_id::uuid, p.ordinal::int, 'whole_document'
    from acts a left join reservation_person p
      on p.id = (a.detail->>'person')::uuid and p.reservation_id::text = a.subject_id
    where a.subject_kind = 'reservation' and a.action in (${lookedBy('whole_document')})
  union
  select 'visit', a.subject_id::uuid, p.ordinal::int, 'photo'
    from acts a left join reservation_person p on p.reservation_id::text = a.subject_id
      and (a.detail->>'photo')::uuid in (p.document_photo_id, p.face_photo_id)
    where a.subject_kind = 'reservation' and a.action in (${lookedBy('photo')})
  union
  select 'account', q.visitor_id, null, 'claim'
    from acts a join phone_recovery q on q.created_at <= a.at and coalesce(q.closed_at, now()) >= a.at
    where a.action in (${lookedBy('claim')})
  union
  select 'visit', r.reservation_id, null, 'acted' from request r
    where r.actor_kind = 'staff' and r.actor_id::text = :staff and r.created_at >= :from and r.created_at < :until`;
