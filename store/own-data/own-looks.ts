import type { Knex } from 'knex';
import { type Localized, localized } from '../content/content-cache.ts';

/**
 * Which members of staff looked at an account's visits, and which other systems read who comes: when, as what, at what. Never
 * who by name.
 */

const visitActions = [
  'task_viewed',
  'reservation_viewed',
  'evidence_viewed',
  'document_unmasked',
  'photo_viewed',
] as const;
const lookActions = [...visitActions, 'recovery_viewed', 'api_read'] as const;

export interface Look {
  at: Date;
  action: (typeof lookActions)[number];
  /** Null: it was about no visit. */
  reservation: string | null;
  /** The department they looked for: the visit's, where they belong to it; else all of theirs. */
  departments: Localized[];
  /** The name of another system of the university; null: it was staff. */
  system: string | null;
  /** Somebody who may see every visit. */
  admin: boolean;
  /** It was about a companion, not about oneself. */
  companion: boolean;
}

/** Newest first. Of visits that the account goes along on only what was about itself. */
export async function looksAt(db: Knex, visitor: string, limit = 200): Promise<Look[]> {
  const { rows } = await db.raw<{ rows: Row[] }>(looks, { visitor, limit });
  return rows.map((row) => ({
    at: row.at,
    action: row.action,
    reservation: row.reservation,
    departments: (row.departments ?? []).map((names) => localized(names, 'name')),
    system: row.system,
    admin: row.is_admin,
    companion: row.action === 'document_unmasked' && row.ordinal !== null && !row.own,
  }));
}

interface Row {
  at: Date;
  action: Look['action'];
  reservation: string | null;
  is_admin: boolean;
  system: string | null;
  departments: { name_zh: string; name_en: string }[] | null;
  ordinal: number | null;
  own: boolean;
}

/** The page of lost numbers lists every open claim: opening it counts as a look at each. */
const looks = `
  with visits as (
    select id, true as led from reservation where visitor_id = :visitor
    union
    select reservation_id, false from reservation_person where visitor_id = :visitor and ordinal > 0)
  select a.id, a.at, a.action, v.id as reservation, s.is_admin, null as system,
    p.ordinal, p.visitor_id = :visitor as own,
    (select jsonb_agg(jsonb_build_object('name_zh', d.name_zh, 'name_en', d.name_en) order by d.name_zh)
      from department d where d.id in (select m.department_id from staff_role m where m.staff_id = s.id)
        and (d.id = r.department_id or not exists (
          select from staff_role o where o.staff_id = s.id and o.department_id = r.department_id))) as departments
  from visits v
    join reservation r on r.id = v.id
    join audit a on a.subject_kind = 'reservation' and a.subject_id = v.id::text
    join staff s on s.id::text = a.actor_id
    left join reservation_person p on p.id::text = a.detail->>'person' and p.reservation_id = v.id
  where a.actor_kind = 'staff' and a.action in (${visitActions.map((action) => `'${action}'`).join(', ')})
    and (v.led or a.action in ('task_viewed', 'reservation_viewed', 'evidence_viewed')
      or (a.action = 'document_unmasked' and p.visitor_id = :visitor)
      or (a.action = 'photo_viewed' and exists (
        select from photo f where f.id::text = a.detail->>'photo' and f.visitor_id = :visitor)))
  union all
  select a.id, a.at, a.action, null, s.is_admin, null, null, true,
    (select jsonb_agg(jsonb_build_object('name_zh', d.name_zh, 'name_en', d.name_en) order by d.name_zh)
      from department d where d.id in (select m.department_id from staff_role m where m.staff_id = s.id))
  from audit a join staff s on s.id::text = a.actor_id
  where a.actor_kind = 'staff' and a.action = 'recovery_viewed' and exists (
    select from phone_recovery q where q.visitor_id = :visitor
      and a.at >= q.created_at and a.at <= coalesce(q.closed_at, now()))
  union all
  select a.id, a.at, a.action, v.id, false, k.label, null, true, null
  from visits v
    join audit a on a.subject_kind = 'reservation' and a.subject_id = v.id::text
    join api_key k on k.id::text = a.actor_id
  where a.actor_kind = 'key' and a.action = 'api_read' and a.detail @> '{"personal": true}'
  order by at desc, id desc limit :limit`;
