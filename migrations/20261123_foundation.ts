import type { Knex } from 'knex';

/**
 * The first schema. Constraints carry the invariants; a name ending in `_enc` is AES-256-GCM
 * (AAD = table, column, row id), one ending in `_hash` is a keyed HMAC for equality look-ups.
 * Personal data lives in `_enc` columns and nowhere else.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Content: what an office edits; never strings in templates ------------------------------
    create table university (
      id smallint primary key default 1 check (id = 1),
      name_zh text not null, name_en text not null,
      account_name text not null,
      logo_svg text not null
    );
    create table campus (
      id uuid primary key default uuidv7(),
      number smallint not null unique check (number between 1 and 32767),
      name_zh text not null, name_en text not null,
      exits_recorded boolean not null default false,
      daily_capacity integer check (daily_capacity > 0),
      closed_at timestamptz
    );
    create table gate (
      id text primary key check (id ~ '^[a-z][a-z0-9-]{1,30}$'),
      campus_id uuid not null references campus,
      number smallint not null check (number between 0 and 63),
      name_zh text not null, name_en text not null,
      identity_key bytea not null,
      sealing_key bytea not null,
      feed_position bigint not null default 0,
      announced_position bigint not null default 0,
      retired_at timestamptz,
      unique (campus_id, number)
    );
    create table department (
      id uuid primary key default uuidv7(),
      campus_id uuid not null references campus,
      name_zh text not null, name_en text not null,
      closed_at timestamptz
    );
    create table reason (
      id uuid primary key default uuidv7(),
      name_zh text not null, name_en text not null,
      position smallint not null,
      closed_at timestamptz
    );
    create table notice (
      id uuid primary key default uuidv7(),
      kind text not null check (kind in ('terms', 'filling', 'privacy', 'visiting')),
      version integer not null check (version > 0),
      title_zh text not null, title_en text not null,
      body_zh text not null, body_en text not null,
      text_hash bytea not null,
      published_at timestamptz not null default now(),
      unique (kind, version)
    );

    -- Visitors: written by web, versioned, whether or not a reservation exists ----------------
    create table visitor (
      id uuid primary key default uuidv7(),
      phone_enc bytea, phone_hash bytea,
      openid_enc bytea, openid_hash bytea,
      language text not null default 'zh-CN' check (language in ('zh-CN', 'en')),
      registered_at timestamptz not null default now(),
      last_seen_at timestamptz not null default now(),
      superseded_at timestamptz,
      check ((phone_enc is null) = (phone_hash is null)),
      check ((openid_enc is null) = (openid_hash is null))
    );
    create unique index visitor_phone on visitor (phone_hash) where superseded_at is null;
    create unique index visitor_openid on visitor (openid_hash) where superseded_at is null;

    create table person (
      id uuid primary key default uuidv7(),
      visitor_id uuid not null unique references visitor,
      version integer not null default 1 check (version > 0),
      name_enc bytea not null,
      sex text not null check (sex in ('male', 'female')),
      phone_enc bytea not null,
      document_type text not null check (document_type in ('resident_id', 'passport')),
      document_enc bytea not null,
      document_hash bytea not null,
      document_tail_hash bytea not null,
      plate_enc bytea,
      unit_enc bytea,
      checked_at timestamptz not null default now()
    );

    create table consent (
      id uuid primary key default uuidv7(),
      visitor_id uuid not null references visitor,
      notice_id uuid not null references notice,
      purpose text not null check (purpose in ('terms', 'personal_information')),
      text_hash bytea not null,
      channel text not null check (channel in ('browser', 'wechat')),
      given_at timestamptz not null default now(),
      unique (visitor_id, notice_id, purpose)
    );

    -- One-time codes and limits, true across replicas ------------------------------------------
    create table phone_code (
      id uuid primary key default uuidv7(),
      purpose text not null check (purpose in ('login')),
      phone_hash bytea not null,
      session_hash bytea not null,
      code_hash bytea not null,
      tries smallint not null default 0 check (tries <= 5),
      sent_at timestamptz,
      created_at timestamptz not null default now(),
      expires_at timestamptz not null,
      used_at timestamptz
    );
    create index phone_code_phone on phone_code (phone_hash, created_at);
    create table attempt (
      id bigint generated always as identity primary key,
      kind text not null,
      key_hash bytea not null,
      at timestamptz not null default now()
    );
    create index attempt_recent on attempt (kind, key_hash, at);
    create index attempt_kind on attempt (kind, at);

    -- Staff --------------------------------------------------------------------------------------
    create table staff (
      id uuid primary key default uuidv7(),
      username text not null unique check (username ~ '^[a-z][a-z0-9._-]{1,40}$'),
      password_hash text not null,
      name text not null,
      is_admin boolean not null default false,
      may_unmask boolean not null default false,
      demo boolean not null default false,
      left_at timestamptz,
      created_at timestamptz not null default now()
    );
    create table staff_department (
      staff_id uuid not null references staff,
      department_id uuid not null references department,
      primary key (staff_id, department_id)
    );

    -- Sessions: three cookies, two stores (a gate keeps its own) ------------------------------
    create table visitor_session (sid text primary key, sess json not null, expire timestamptz not null);
    create index visitor_session_expire on visitor_session (expire);
    create table staff_session (sid text primary key, sess json not null, expire timestamptz not null);
    create index staff_session_expire on staff_session (expire);

    -- Reservations: born at seq 0 by the page that asks; from seq 1 on the workflow's projection --
    create table reservation (
      id uuid primary key,
      visitor_id uuid not null references visitor,
      seq integer not null default 0 check (seq >= 0),
      round smallint not null default 0,
      stage text not null check (stage in
        ('registration', 'consent', 'profile', 'details', 'approval', 'notification', 'pass', 'visit', 'closed')),
      outcome text check (outcome in
        ('completed', 'no_show', 'cancelled', 'rejected', 'expired', 'revoked', 'abandoned')),
      corrected boolean not null default false,
      channel text check (channel in ('personal', 'official')),
      campus_id uuid references campus,
      department_id uuid references department,
      submission_id uuid,
      visit_from timestamptz, visit_until timestamptz,
      stage_until timestamptz,
      created_at timestamptz not null default now(),
      changed_at timestamptz not null default now(),
      closed_at timestamptz,
      check ((stage = 'closed') = (outcome is not null)),
      check (not corrected or outcome = 'completed'),
      check (visit_from < visit_until),
      check (stage in ('registration', 'consent', 'profile', 'details', 'closed') or submission_id is not null)
    );
    create unique index reservation_one_draft on reservation (visitor_id)
      where stage in ('registration', 'consent', 'profile', 'details');
    create index reservation_visitor on reservation (visitor_id, created_at);
    create index reservation_listing on reservation (created_at);
    create index reservation_visit on reservation (visit_from);

    create table submission (
      id uuid primary key,
      reservation_id uuid not null references reservation,
      channel text not null check (channel in ('personal', 'official')),
      campus_id uuid not null references campus,
      department_id uuid not null references department,
      reason_id uuid not null references reason,
      host_enc bytea,
      note_enc bytea,
      visit_from timestamptz not null,
      visit_until timestamptz not null,
      created_at timestamptz not null default now(),
      check (visit_from < visit_until),
      check ((channel = 'personal') = (host_enc is not null))
    );
    alter table reservation add foreign key (submission_id) references submission;
    create table reservation_person (
      id uuid primary key default uuidv7(),
      submission_id uuid not null references submission,
      reservation_id uuid not null references reservation,
      ordinal smallint not null check (ordinal >= 0),
      person_id uuid not null references person,
      person_version integer not null,
      consent_id uuid not null references consent,
      name_enc bytea not null,
      sex text not null check (sex in ('male', 'female')),
      phone_enc bytea not null,
      document_type text not null,
      document_enc bytea not null,
      document_hash bytea not null,
      document_tail_hash bytea not null,
      plate_enc bytea,
      unit_enc bytea,
      unique (submission_id, ordinal)
    );

    create table request (
      id uuid primary key,
      reservation_id uuid not null references reservation,
      kind text not null check (kind in ('start', 'ready', 'submit', 'decide', 'cancel', 'resend_code')),
      actor_kind text not null check (actor_kind in ('visitor', 'staff', 'system')),
      actor_id uuid,
      payload jsonb not null,
      status text not null default 'pending' check (status in ('pending', 'answered', 'refused')),
      answer jsonb,
      attempts integer not null default 0,
      fault text,
      created_at timestamptz not null default now(),
      next_attempt_at timestamptz not null default now() + interval '5 seconds',
      answered_at timestamptz,
      check ((status = 'pending') = (answer is null))
    );
    create index request_pending on request (next_attempt_at) where status = 'pending';
    create index request_reservation on request (reservation_id, created_at);

    -- What an approver typed: the workflow knows only the request's id --------------------------
    create table decision (
      request_id uuid primary key references request,
      reservation_id uuid not null references reservation,
      staff_id uuid not null references staff,
      verdict text not null check (verdict in ('approved', 'rejected')),
      reason_enc bytea,
      created_at timestamptz not null default now(),
      check (verdict = 'approved' or reason_enc is not null)
    );

    create table task (
      id uuid primary key,
      reservation_id uuid not null references reservation,
      seq integer not null,
      round smallint not null, step smallint not null, ordinal smallint not null,
      department_id uuid not null references department,
      status text not null check (status in ('open', 'approved', 'rejected', 'withdrawn')),
      decision_id uuid references decision,
      opened_at timestamptz not null,
      decide_by timestamptz not null,
      closed_at timestamptz,
      unique (reservation_id, round, step, ordinal),
      check ((status = 'open') = (closed_at is null))
    );
    create index task_inbox on task (department_id, decide_by) where status = 'open';

    create table timeline (
      reservation_id uuid not null references reservation,
      seq integer not null,
      n smallint not null,
      kind text not null,
      actor_kind text not null check (actor_kind in ('visitor', 'staff', 'system', 'gate')),
      actor_id text,
      reference uuid,
      at timestamptz not null,
      primary key (reservation_id, seq, n)
    );

    -- Quota: a hold is (reservation, slot) -------------------------------------------------------
    create table slot (
      campus_id uuid not null references campus,
      day date not null,
      capacity integer not null check (capacity >= 0),
      held integer not null default 0 check (held between 0 and capacity),
      primary key (campus_id, day)
    );
    create table quota_hold (
      reservation_id uuid not null references reservation,
      campus_id uuid not null,
      day date not null,
      seq integer not null,
      count integer not null check (count > 0),
      primary key (reservation_id, campus_id, day),
      foreign key (campus_id, day) references slot
    );

    -- Passes and gates --------------------------------------------------------------------------
    create table pass (
      id uuid not null,
      reservation_id uuid not null references reservation,
      ordinal integer not null check (ordinal between 0 and 65535),
      version integer not null check (version between 1 and 65535),
      campus_id uuid not null references campus,
      gates bit(64) not null,
      valid_from timestamptz not null, valid_until timestamptz not null,
      token_enc bytea not null,
      gate_code_enc bytea not null,
      issued_at timestamptz not null,
      revoked_at timestamptz,
      primary key (reservation_id, ordinal, version),
      unique (id, version),
      check (valid_from < valid_until)
    );
    create table visit_code (
      id uuid primary key default uuidv7(),
      pass_id uuid not null,
      code_enc bytea not null,
      tries smallint not null default 0 check (tries <= 5),
      request_id uuid unique references request,
      created_at timestamptz not null default now(),
      replaced_at timestamptz
    );
    create unique index visit_code_current on visit_code (pass_id) where replaced_at is null;

    create table gate_feed (
      gate_id text not null references gate,
      position bigint not null check (position > 0),
      kind text not null check (kind in ('pass', 'revoked')),
      reservation_id uuid not null,
      ordinal integer not null,
      version integer not null,
      valid_until timestamptz not null,
      sealed bytea not null,
      created_at timestamptz not null default now(),
      primary key (gate_id, position),
      unique (gate_id, reservation_id, ordinal, version, kind)
    );
    create table gate_contact (
      gate_id text primary key references gate,
      seen_at timestamptz not null,
      pulled_through bigint not null default 0,
      forwarded_through timestamptz not null
    );
    create table gate_acknowledgement (
      gate_id text primary key references gate,
      applied_through bigint not null default 0,
      applied_at timestamptz,
      degraded_since timestamptz,
      fault text
    );
    create table gate_event (
      id uuid primary key,
      reservation_id uuid not null references reservation,
      ordinal integer not null,
      gate_id text not null references gate,
      direction text not null check (direction in ('in', 'out')),
      method text not null check (method in ('qr', 'code')),
      occurred_at timestamptz not null,
      recorded_at timestamptz not null default now(),
      late boolean not null default false
    );
    create index gate_event_reservation on gate_event (reservation_id, occurred_at);

    -- Messages: an intent row first, then attempts ----------------------------------------------
    create table message (
      id uuid primary key default uuidv7(),
      reservation_id uuid not null references reservation,
      visitor_id uuid not null references visitor,
      kind text not null check (kind in ('approved', 'code', 'rejected', 'cancelled', 'expired')),
      key text not null unique,
      pass_id uuid,
      decision_id uuid references decision,
      status text not null default 'pending' check (status in ('pending', 'sent', 'failed', 'page')),
      channel text check (channel in ('wechat', 'sms')),
      created_at timestamptz not null default now(),
      closed_at timestamptz
    );
    create index message_reservation on message (reservation_id, created_at);
    create table message_attempt (
      id uuid primary key default uuidv7(),
      message_id uuid not null references message,
      channel text not null check (channel in ('wechat', 'sms')),
      client_msg_id text,
      repeated boolean not null default false,
      started_at timestamptz not null default now(),
      finished_at timestamptz,
      outcome text check (outcome in ('accepted', 'refused', 'unknown')),
      fault text,
      provider_id text,
      receipt text,
      receipt_at timestamptz
    );
    create index message_attempt_message on message_attempt (message_id, started_at);
    create index message_attempt_provider on message_attempt (provider_id) where provider_id is not null;
    create table wechat_token (
      app_id text primary key,
      token_enc bytea not null,
      expires_at timestamptz not null
    );

    -- Audit: the application may insert and read, nothing else ----------------------------------
    create table audit (
      id bigint generated always as identity primary key,
      at timestamptz not null default now(),
      actor_kind text not null check (actor_kind in ('visitor', 'staff', 'system', 'gate', 'anonymous')),
      actor_id text,
      action text not null,
      subject_kind text not null,
      subject_id text not null,
      detail jsonb not null default '{}',
      address_hash bytea,
      request_id text
    );
    create index audit_subject on audit (subject_kind, subject_id, at);
    create index audit_actor on audit (actor_kind, actor_id, at);
  `);

  await knex.raw(`
    do $$ begin
      if not exists (select from pg_roles where rolname = 'xiaomen_app') then
        create role xiaomen_app nologin;
      end if;
    end $$;
    grant usage on schema public to xiaomen_app;
    grant select, insert, update, delete on all tables in schema public to xiaomen_app;
    grant usage on all sequences in schema public to xiaomen_app;
    revoke update, delete, truncate on audit, consent, submission, reservation_person, decision from xiaomen_app;
    revoke insert, update, delete on knex_migrations, knex_migrations_lock from xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
