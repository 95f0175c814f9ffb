import type { Knex } from 'knex';

/** Money that an office paid out by hand, and that the provider gave back after all, is a difference like others. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table payment_fault drop constraint payment_fault_kind_check,
      add constraint payment_fault_kind_check check (kind in
        ('other_amount', 'unknown_order', 'missing_at_provider', 'missing_here', 'amounts_differ', 'paid_out_twice'));
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
