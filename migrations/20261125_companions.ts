import type { Knex } from 'knex';

/** How many may come along, and whom a lead has chosen while the form was left for the book. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Companions of one visitor; a group by spreadsheet, in the official channel. ------------------------------------
    alter table campus
      add column party_limit smallint not null default 20 check (party_limit between 0 and 1000),
      add column group_limit smallint not null default 200 check (group_limit between 0 and 1000);

    -- Whom a lead ticked, in order, and what stood in the form meanwhile: sealed, for its owner only. ---------------
    create table chosen_party (
      id uuid primary key default uuidv7(),
      visitor_id uuid not null references visitor,
      channel text not null check (channel in ('personal', 'official')),
      companions uuid[] not null default '{}',
      -- Came from a spreadsheet: the larger limit holds.
      is_group boolean not null default false,
      form_enc bytea check (octet_length(form_enc) <= 70000),
      created_at timestamptz not null default now()
    );
    create index chosen_party_visitor on chosen_party (visitor_id, created_at);
    grant select, insert, update, delete on chosen_party to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
