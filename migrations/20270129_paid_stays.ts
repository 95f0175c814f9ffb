import type { Knex } from 'knex';

/**
 * An order that is paid stays so, and so does its time: what deletes unpaid orders, and payments past their time, goes by both. The
 * application may write them, since it takes payments in; once.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create function paid_stays() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $body$
    begin
      raise exception 'permission denied: what was paid stays' using errcode = '42501';
    end $body$;
    create trigger paid_stays before update of status, paid_at on payment_order for each row
      when (old.status = 'paid' and (new.status <> 'paid' or new.paid_at <> old.paid_at)) execute function paid_stays();
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
