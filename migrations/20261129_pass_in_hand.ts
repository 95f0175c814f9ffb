import type { Knex } from 'knex';

/**
 * Whether a version of a pass was printed, and when its holder last saw it, stand with the pass: what decides about a phone
 * or a message is not looked for in the audit, which says what happened and is deleted in its own time.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table pass add column printed_at timestamptz, add column shown_at timestamptz;

    update pass p set printed_at = a.at
      from (select detail->>'pass' as pass, (detail->>'version')::int as version, min(at) as at from audit
        where subject_kind = 'reservation' and action = 'pass_printed' group by 1, 2) a
      where p.id::text = a.pass and p.version = a.version;

    update pass p set shown_at = a.at
      from (select detail->>'pass' as pass, actor_id as visitor, max(at) as at from audit
        where subject_kind = 'reservation' and action = 'pass_shown' and actor_kind = 'visitor' group by 1, 2) a,
        reservation r
      where p.id::text = a.pass and r.id = p.reservation_id
        and a.visitor = coalesce((select v.visitor_id from reservation_person v where v.reservation_id = p.reservation_id
          and v.ordinal = p.ordinal and v.visitor_id is not null limit 1), r.visitor_id)::text
        and p.version = (select max(n.version) from pass n where n.id = p.id and n.issued_at <= a.at);
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
