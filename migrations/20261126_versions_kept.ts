import type { Knex } from 'knex';

/**
 * A gate must know a pass's newest version for as long as any older one lasts: each row of the feed is kept until the
 * latest end of any version so far. What gates have read already is not told again: there is no release before this one.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table gate_feed add column kept_until timestamptz;
    update gate_feed f set kept_until = greatest(f.valid_until,
      (select max(o.valid_until) from gate_feed o where o.gate_id = f.gate_id
        and o.reservation_id = f.reservation_id and o.ordinal = f.ordinal and o.position <= f.position),
      (select max(p.valid_until) from pass p
        where p.reservation_id = f.reservation_id and p.ordinal = f.ordinal and p.version <= f.version));
    alter table gate_feed alter column kept_until set not null;
    create index gate_feed_kept on gate_feed (kept_until);
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
