import type { Knex } from 'knex';

/**
 * What it costs to bring a vehicle in, and who paid it. Fees are tables of a campus, in versions that never change; what admission
 * found due for a submission is a row, so that a pass is signed by rows alone. Orders and refunds outlive the visit they were for:
 * they name it, and nobody.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table reservation
      drop constraint reservation_stage_known,
      add constraint reservation_stage_known
        check (stage in ('registration', 'details', 'approval', 'payment', 'pass', 'visit', 'closed'));

    create table fee_table (
      id uuid primary key default uuidv7(),
      campus_id uuid not null references campus,
      version integer not null check (version > 0),
      document jsonb not null,
      published_by uuid references staff,
      published_at timestamptz not null default now(),
      unique (campus_id, version)
    );
    create table submission_fee (
      submission_id uuid primary key references submission,
      table_id uuid not null references fee_table,
      amount integer not null check (amount > 0)
    );
    create index submission_fee_table on submission_fee (table_id);

    create table payment_account (
      reservation_id uuid primary key,
      -- Fen, once the visit is over; null until then: what its standing submission costs.
      owed integer check (owed >= 0)
    );
    create table payment_order (
      id uuid primary key default uuidv7(),
      reservation_id uuid not null,
      submission_id uuid not null,
      method text not null check (method in ('jsapi', 'h5', 'native', 'cash')),
      amount integer not null check (amount > 0),
      status text not null default 'open' check (status in ('open', 'paid', 'closed')),
      -- Where it is paid: prepay_id, address, or what a code holds. Null: the provider has not answered yet.
      prepay text,
      pay_by timestamptz not null,
      opened_at timestamptz not null default now(),
      transaction text unique,
      paid_at timestamptz,
      -- Cash: who took it.
      taken_by uuid,
      -- When the provider is asked of it next; null: never.
      next_look_at timestamptz,
      looks integer not null default 0,
      -- Its workflow knows that it is paid.
      told_at timestamptz,
      -- The day of the provider's bill that had it.
      billed_on date,
      check ((status = 'paid') = (paid_at is not null))
    );
    create index payment_order_reservation on payment_order (reservation_id);
    create index payment_order_look on payment_order (next_look_at) where next_look_at is not null;
    create index payment_order_untold on payment_order (paid_at) where status = 'paid' and told_at is null;
    create index payment_order_unbilled on payment_order (paid_at) where status = 'paid' and method <> 'cash' and billed_on is null;
    create index payment_order_paid on payment_order (paid_at) where status = 'paid';
    create table payment_refund (
      id uuid primary key default uuidv7(),
      order_id uuid not null references payment_order,
      amount integer not null check (amount > 0),
      reason text not null check (reason in ('ended', 'shortened', 'surplus')),
      -- wanted: not taken by the provider yet. abnormal: the provider cannot, the office has to. counter: paid out in cash.
      status text not null check (status in ('wanted', 'processing', 'done', 'abnormal', 'counter')),
      wanted_at timestamptz not null default now(),
      done_at timestamptz,
      next_try_at timestamptz,
      tries integer not null default 0,
      -- The counter's: who paid it out.
      settled_by uuid,
      billed_on date
    );
    create index payment_refund_order on payment_refund (order_id);
    create index payment_refund_try on payment_refund (next_try_at) where next_try_at is not null;
    create index payment_refund_unbilled on payment_refund (done_at) where status = 'done' and billed_on is null;
    create index payment_refund_waiting on payment_refund (wanted_at) where status in ('abnormal', 'counter') and done_at is null;
    create table payment_notice (
      id text primary key check (length(id) <= 64),
      taken_at timestamptz not null default now()
    );
    create index payment_notice_taken on payment_notice (taken_at);

    create table payment_fault (
      kind text not null check (kind in ('other_amount', 'unknown_order', 'missing_at_provider', 'missing_here', 'amounts_differ')),
      -- The order or refund by our number; where we know none, by the provider's.
      subject text not null check (length(subject) <= 64),
      -- In Shanghai, where a bill told of it.
      day date,
      ours integer,
      theirs integer,
      seen_at timestamptz not null default now(),
      settled_at timestamptz,
      settled_by uuid,
      primary key (kind, subject)
    );
    create index payment_fault_open on payment_fault (seen_at) where settled_at is null;
    create table payment_bill (
      day date primary key,
      compared_at timestamptz not null,
      paid integer not null,
      refunded integer not null,
      lines integer not null
    );

    grant select, insert on fee_table, submission_fee to xiaomen_app;
    revoke update, delete, truncate on fee_table, submission_fee from xiaomen_app;
    grant select, insert, update on payment_account to xiaomen_app;
    grant select, insert, update (status, prepay, transaction, paid_at, taken_by, next_look_at, looks, told_at, billed_on)
      on payment_order to xiaomen_app;
    grant select, insert, update (status, done_at, next_try_at, tries, settled_by, billed_on) on payment_refund to xiaomen_app;
    grant select, insert, delete on payment_notice to xiaomen_app;
    grant select, insert, update (seen_at, day, ours, theirs, settled_at, settled_by) on payment_fault to xiaomen_app;
    grant select, insert, update on payment_bill to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
