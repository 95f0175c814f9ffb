import type { Knex } from 'knex';

/**
 * Which history of its feed a gate has read: a mark for every position, drawn at random, and an epoch that changes with
 * the gate's keys. A pass's beginning stands outside the sealed part. Rows of before get marks now.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table gate
      add column feed_epoch uuid not null default gen_random_uuid(),
      add column feed_mark uuid not null default gen_random_uuid();
    alter table gate_feed
      add column mark uuid not null default gen_random_uuid(),
      add column previous_mark uuid,
      add column valid_from timestamptz;
    update gate_feed f set previous_mark = p.mark from gate_feed p
      where p.gate_id = f.gate_id and p.position = f.position - 1;
    update gate g set feed_mark = f.mark from gate_feed f
      where f.gate_id = g.id and f.position = g.feed_position;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
