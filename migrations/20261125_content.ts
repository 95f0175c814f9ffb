import type { Knex } from 'knex';

/**
 * What an office edits: guides for visitors, where a campus and its gates are, and a version on every row, so that
 * two offices do not overwrite each other and the former text stays.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- 来访必读, 如何到达, 会议投屏, 食堂餐饮: one text a campus and kind; a new version, never another text ----------
    create table guide (
      id uuid primary key default uuidv7(),
      campus_id uuid not null references campus,
      kind text not null check (kind in ('must_read', 'getting_here', 'screen_casting', 'dining')),
      version integer not null check (version > 0),
      title_zh text not null, title_en text not null,
      body_zh text not null, body_en text not null,
      text_hash bytea not null check (octet_length(text_hash) = 32),
      published_at timestamptz not null default now(),
      unique (campus_id, kind, version)
    );

    -- Where it is: WGS 84 degrees, as phones and satellites count; a plan has units of its own ---------------------
    alter table campus
      add column version integer not null default 1 check (version > 0),
      add column address_zh text, add column address_en text,
      add column latitude numeric(8, 6) check (latitude between -90 and 90),
      add column longitude numeric(9, 6) check (longitude between -180 and 180),
      -- A list of {kind, points, name_zh?, name_en?}, checked where it is read: domain/plan.ts.
      add column plan jsonb not null default '[]' check (jsonb_typeof(plan) = 'array'),
      add check ((latitude is null) = (longitude is null)),
      add check ((address_zh is null) = (address_en is null));
    alter table gate
      add column version integer not null default 1 check (version > 0),
      add column latitude numeric(8, 6) check (latitude between -90 and 90),
      add column longitude numeric(9, 6) check (longitude between -180 and 180),
      add column plan_x smallint, add column plan_y smallint,
      -- Asia/Shanghai; a gate that closes before it opens is open over midnight. Both null: all day.
      add column opens_at time, add column closes_at time,
      add column hint_zh text, add column hint_en text,
      add check ((latitude is null) = (longitude is null)),
      add check ((plan_x is null) = (plan_y is null)),
      add check ((opens_at is null) = (closes_at is null)),
      add check (opens_at <> closes_at),
      add check ((hint_zh is null) = (hint_en is null));
    alter table department
      add column version integer not null default 1 check (version > 0),
      add column plan_x smallint, add column plan_y smallint,
      add check ((plan_x is null) = (plan_y is null));
    alter table reason add column version integer not null default 1 check (version > 0);
    alter table university add column version integer not null default 1 check (version > 0);

    -- What stood there before an edit, whose edit it was and when. Insert-only. ------------------------------------
    create table content_revision (
      kind text not null check (kind in ('university', 'campus', 'gate', 'department', 'reason', 'closed_day')),
      row_id text not null,
      version integer not null check (version > 0),
      body jsonb not null,
      staff_id uuid not null references staff,
      at timestamptz not null default now(),
      primary key (kind, row_id, version)
    );

    grant select, insert on guide, content_revision to xiaomen_app;
    revoke update, delete, truncate on guide, content_revision, notice from xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
