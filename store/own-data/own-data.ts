import type { Knex } from 'knex';
import type { BlindIndex } from '../../platform/crypto.ts';

/** What is kept of an account, by class: how much, and since when. Why and until when is said by the page. */

const keptClasses = [
  'account',
  'wechat',
  'person',
  'plates',
  'document_photo',
  'face_photo',
  'companions',
  'guardians',
  'consents',
  'visits',
  'entries',
  'payments',
  'messages',
  'looks',
  'forms',
  'recoveries',
  'others_books',
  'bound_phones',
  'codes',
  'sessions',
  'kept_forms',
] as const;
export type KeptClass = (typeof keptClasses)[number];

export interface KeptData {
  class: KeptClass;
  count: number;
  /** When the oldest of it was kept; of what keeps no beginning, when it was last saved or used. */
  since: Date;
  dated: 'since' | 'last';
  /** Of a photograph: agreed to be kept for the next visit. */
  forNextTime: boolean;
}

/** A list of plates is saved as a whole, and a session is renewed: neither says when it began. */
const lastOnly: readonly KeptClass[] = ['plates', 'sessions'];

/** Only classes in which there is something, in their order. */
export async function keptOf(db: Knex, index: BlindIndex, visitor: string): Promise<KeptData[]> {
  const { rows } = await db.raw<{
    rows: { class: KeptClass; count: number; since: Date | null; keep: boolean | null }[];
  }>(counting, { visitor, owners: index.every('form_owner', visitor) });
  return keptClasses.flatMap((one) => {
    const row = rows.find((counted) => counted.class === one);
    if (!row?.since || row.count === 0) return [];
    const dated = lastOnly.includes(one) ? 'last' : 'since';
    return [{ class: one, count: row.count, since: row.since, dated, forNextTime: row.keep ?? false }];
  });
}

/** A person says by its id, a version 7 UUID, when it was made. */
const counting = `
  with visits as (
    select id, visitor_id = :visitor as led, created_at from reservation
      where visitor_id = :visitor and submission_id is not null
    union
    select r.id, false, r.created_at from reservation_person p join reservation r on r.id = p.reservation_id
      where p.visitor_id = :visitor and p.ordinal > 0 and p.erased_at is null)
  select 'account' as class, 1 as count, registered_at as since, null::boolean as keep from visitor
    where id = :visitor and phone_hash is not null
  union all select 'wechat', 1, coalesce((select max(at) from audit where action = 'wechat_bound'
      and actor_kind = 'visitor' and actor_id = (:visitor)::text), registered_at), null
    from visitor where id = :visitor and openid_hash is not null
  union all select 'person', 1, coalesce(uuid_extract_timestamp(id), checked_at), null from person where visitor_id = :visitor
  union all select 'plates', 1, checked_at, null from person where visitor_id = :visitor and plate_enc is not null
  union all select kind || '_photo', 1, created_at, keep from photo where visitor_id = :visitor and companion_id is null
  union all select 'companions', count(*)::int, min(created_at), null from companion
    where visitor_id = :visitor and erased_at is null
  union all select 'guardians', count(*)::int, min(proved_at), null from guardian
    where visitor_id = :visitor and erased_at is null
  union all select 'consents', count(*)::int, min(given_at), null from consent where visitor_id = :visitor
  union all select 'visits', count(*)::int, min(created_at), null from visits
  union all select 'entries', count(*)::int, min(e.occurred_at), null from gate_event e
    where exists (select from visits v where v.id = e.reservation_id and v.led and e.ordinal = 0)
      or exists (select from reservation_person p where p.reservation_id = e.reservation_id
        and p.ordinal = e.ordinal and p.visitor_id = :visitor and p.ordinal > 0)
  union all select 'payments', count(*)::int, min(o.opened_at), null from payment_order o
    where exists (select from visits v where v.id = o.reservation_id and v.led)
  union all select 'messages', count(*)::int, min(created_at), null from message where visitor_id = :visitor
  union all select 'looks', count(*)::int, min(at), null from audit
    where actor_kind = 'visitor' and actor_id = (:visitor)::text
  union all select 'forms', count(*)::int, min(created_at), null from chosen_party where visitor_id = :visitor
  union all select 'recoveries', count(*)::int, min(created_at), null from phone_recovery where visitor_id = :visitor
  union all select 'others_books', count(*)::int, min(joined_at), null from companion
    where member_id = :visitor and erased_at is null
  union all select 'bound_phones', count(*)::int, min(created_at), null from phone_binding where visitor_id = :visitor
  union all select 'codes', count(*)::int, min(c.created_at), null from phone_code c
    join visitor v on v.phone_hash = c.phone_hash where v.id = :visitor
  union all select 'sessions', count(*)::int, max(to_timestamp((sess->>'keptAt')::float8 / 1000)), null
    from visitor_session where sess->>'visitor' = (:visitor)::text and expire > now()
  union all select 'kept_forms', count(*)::int, min(created_at), null from kept_form where owner_hash = any(:owners)`;
