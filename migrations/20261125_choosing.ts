import type { Knex } from 'knex';

/** What a visitor chooses from: a tree of departments, their hosts, reasons and gates, open days and hours; and forms kept over a login. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Visiting hours, Asia/Shanghai; both null: round the clock. closes_at may be 24:00. ---------------------------
    alter table campus add column opens_at time, add column closes_at time,
      -- ISO weekdays that are closed every week: 1 Monday … 7 Sunday.
      add column closed_weekdays smallint[] not null default '{}'
        check (closed_weekdays <@ '{1,2,3,4,5,6,7}'::smallint[]),
      add check ((opens_at is null) = (closes_at is null)),
      add check (opens_at < closes_at);
    create table closed_day (
      campus_id uuid not null references campus,
      day date not null,
      reason_zh text not null check (reason_zh <> ''), reason_en text not null check (reason_en <> ''),
      primary key (campus_id, day)
    );
    alter table gate add unique (id, campus_id);

    -- Departments as a tree; what only groups others does not receive. ---------------------------------------------
    alter table department add unique (id, campus_id);
    alter table department
      add column parent_id uuid,
      add column position smallint not null default 0,
      add column receives boolean not null default true,
      add column building_zh text, add column building_en text,
      add column nearest_gate text,
      -- Parent and gate belong to the same campus.
      add foreign key (parent_id, campus_id) references department (id, campus_id),
      add foreign key (nearest_gate, campus_id) references gate (id, campus_id),
      add check (parent_id <> id),
      add check ((building_zh is null) = (building_en is null));
    create index department_parent on department (parent_id) where parent_id is not null;

    -- A reason of one department; null: everywhere. ----------------------------------------------------------------
    alter table reason add column department_id uuid references department;

    -- Who receives in a department. Looked up by the whole name, never listed to a visitor; a name may stand twice. --
    create table host (
      id uuid primary key default uuidv7(),
      department_id uuid not null references department,
      name_enc bytea not null,
      name_hash bytea not null,
      created_at timestamptz not null default now(),
      left_at timestamptz
    );
    create index host_name on host (department_id, name_hash) where left_at is null;

    create index quota_hold_day on quota_hold (campus_id, day);

    -- A form whose session ended while it was filled: sealed, for its owner only, gone when taken or after an hour. --
    create table kept_form (
      id uuid primary key,
      owner_hash bytea not null,
      path text not null,
      body_enc bytea not null check (octet_length(body_enc) <= 70000),
      created_at timestamptz not null default now(),
      expires_at timestamptz not null
    );
    create index kept_form_expires on kept_form (expires_at);

    grant select, insert, update, delete on closed_day, host to xiaomen_app;
    grant select, insert, delete on kept_form to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
