import type { Knex } from 'knex';

/**
 * Web hooks: other systems of the university are told what happens to a visit. What is told is a row, made in the transaction in
 * which it happens, and holds ids, counts and instants only.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table webhook (
      id uuid primary key default uuidv7(),
      label text not null check (label <> '' and length(label) <= 80),
      url text not null check (length(url) <= 500),
      events text[] not null check (cardinality(events) > 0),
      made_by uuid not null references staff,
      made_at timestamptz not null default now(),
      ended_at timestamptz,
      -- An admin stopped it, or its receiver said that it is gone (410).
      ended_why text check (ended_why in ('stopped', 'gone')),
      check ((ended_at is null) = (ended_why is null))
    );

    -- While two are open, both sign: a receiver changes from one to the other when it likes.
    create table webhook_secret (
      id uuid primary key default uuidv7(),
      webhook_id uuid not null references webhook,
      secret_enc bytea not null,
      made_at timestamptz not null default now(),
      ends_at timestamptz
    );
    create index webhook_secret_open on webhook_secret (webhook_id);

    create table webhook_delivery (
      -- Also the message's id for its receiver, the same on every try.
      id uuid primary key default uuidv7(),
      webhook_id uuid not null references webhook,
      event text not null,
      -- What it tells of, such as a transition's number or a gate event's id: the same is told once.
      source text not null,
      reservation_id uuid references reservation on delete cascade,
      body text not null,
      made_at timestamptz not null default now(),
      attempts int not null default 0,
      next_at timestamptz not null default now(),
      ended_at timestamptz,
      result text check (result in ('delivered', 'gone', 'given_up')),
      check ((ended_at is null) = (result is null)),
      unique (webhook_id, reservation_id, event, source)
    );
    create index webhook_delivery_due on webhook_delivery (webhook_id, next_at) where ended_at is null;
    create index webhook_delivery_reservation on webhook_delivery (reservation_id);

    create table webhook_attempt (
      id uuid primary key default uuidv7(),
      delivery_id uuid not null references webhook_delivery on delete cascade,
      started_at timestamptz not null,
      took_ms int not null check (took_ms >= 0),
      status int check (status between 100 and 599),
      fault text,
      check (num_nonnulls(status, fault) = 1)
    );
    create index webhook_attempt_delivery on webhook_attempt (delivery_id);

    grant select, insert, update on webhook, webhook_secret to xiaomen_app;
    grant select, insert, update, delete on webhook_delivery, webhook_attempt to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
