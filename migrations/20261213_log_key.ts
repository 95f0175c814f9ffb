import type { Knex } from 'knex';

/**
 * Logs name the network of a request by a keyed hash. The key is another one each month, and is forgotten when the lines of
 * its month have been kept for long enough: until then it can be answered what came from one network, and never afterwards. And what has to be kept by law cannot be set shorter.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table log_key (
      id uuid primary key default uuidv7(),
      -- The first day of a month, UTC.
      month date not null unique check (month = date_trunc('month', month)),
      key_enc bytea not null,
      created_at timestamptz not null default now()
    );
    grant select, insert, delete on log_key to xiaomen_app;
    revoke update, truncate on log_key from xiaomen_app;

    -- What the law asks to be kept, whatever an office sets: records of processing for three years (PIPL art. 56),
    -- logs of the network for six months (Cybersecurity Law art. 21).
    update retention set days = greatest(days, case class when 'audit_records' then 1096 else 184 end)
      where class in ('audit_records', 'gate_events');
    alter table retention add constraint retention_by_law
      check (days >= case class when 'audit_records' then 1096 when 'gate_events' then 184 else 0 end);
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
