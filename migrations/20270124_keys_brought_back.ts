import type { Knex } from 'knex';

/** Keys of its day that a restore brought back, and gates that it was told to treat as replaced or retired all the same. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table restore_finding drop constraint restore_finding_kind_check;
    alter table restore_finding add constraint restore_finding_kind_check
      check (kind in ('workflow_without_row', 'row_brought_forward', 'row_cannot_follow', 'row_ahead',
        'entry_of_unknown', 'gate_ahead', 'erased_again', 'key_brought_back', 'gate_keys_anew', 'gate_retired_again'));
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
