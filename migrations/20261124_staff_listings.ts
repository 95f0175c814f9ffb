import type { Knex } from 'knex';

/** Indexes behind what staff list and search: paged by (created_at, id), newest first. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index reservation_listing;
    create index reservation_listing on reservation (created_at desc, id desc);
    create index reservation_stage on reservation (stage, created_at desc, id desc);
    create index reservation_department on reservation (department_id, created_at desc, id desc);
    create index visitor_phone_ever on visitor (phone_hash);
    create index reservation_person_document on reservation_person (document_hash);
    create index task_decided on task (department_id, closed_at desc) where status <> 'open';
    create index message_failed on message (created_at desc) where status = 'failed';
    create index decision_reservation on decision (reservation_id);
    create index gate_feed_pass on gate_feed (reservation_id, ordinal);
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
