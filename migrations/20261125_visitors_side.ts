import type { Knex } from 'knex';

/**
 * Everything a visitor does: companions with their own documents and consents, changes beside a standing approval,
 * bound and static passes, evidence that can be withdrawn, and rows that can be erased but never rewritten.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Consent: for whom, and until when. The application may set the end of an agreement once and nothing else. ----
    alter table notice drop constraint notice_kind_check;
    alter table notice add constraint notice_kind_check
      check (kind in ('terms', 'filling', 'privacy', 'visiting', 'face', 'minors', 'companion'));
    alter table consent drop constraint consent_purpose_check;
    alter table consent add constraint consent_purpose_check check (purpose in
      ('terms', 'personal_information', 'face', 'keep_photo', 'guardian', 'companion'));
    alter table consent drop constraint consent_visitor_id_notice_id_purpose_key;
    alter table consent add column withdrawn_at timestamptz;
    -- Whoever is spoken for: a row of the lead's own book, or a child.
    alter table consent add column subject_id uuid;
    create unique index consent_standing on consent (visitor_id, notice_id, purpose, subject_id) nulls not distinct
      where withdrawn_at is null;
    create function consent_ends_once() returns trigger language plpgsql as $body$
    begin
      if old.withdrawn_at is not null or new.withdrawn_at is null then
        raise exception 'a consent is withdrawn once, for ever' using errcode = 'check_violation';
      end if;
      return new;
    end $body$;
    create trigger consent_ends_once before update on consent for each row execute function consent_ends_once();

    -- Guardians of visitors under fourteen (PIPL art. 31): a proved phone and an agreement of their own. -----------
    create table guardian (
      id uuid primary key default uuidv7(),
      visitor_id uuid not null references visitor,
      name_enc bytea, phone_enc bytea, phone_hash bytea,
      consent_id uuid not null references consent,
      proved_at timestamptz not null default now(),
      erased_at timestamptz,
      check ((erased_at is null) = (name_enc is not null)),
      check ((erased_at is null) = (phone_enc is not null)),
      check ((phone_enc is null) = (phone_hash is null))
    );
    create index guardian_visitor on guardian (visitor_id);

    -- The person of an account -----------------------------------------------------------------------------------
    alter table person drop constraint person_document_type_check;
    alter table person add constraint person_document_type_check check (document_type in
      ('resident_id', 'passport', 'hmt_residence', 'foreign_permanent', 'hm_permit', 'taiwan_permit', 'other'));
    alter table person add column nationality text check (nationality ~ '^[A-Z]{3}$');
    alter table person add column birth_day_enc bytea;
    -- Plates beyond the usual one: a JSON array of texts.
    alter table person add column more_plates_enc bytea;
    alter table person add column guardian_id uuid references guardian;

    -- The lead's own book: what a lead typed about somebody, or somebody who joined by an account of their own. ----
    create table companion (
      id uuid primary key default uuidv7(),
      visitor_id uuid not null references visitor,
      version integer not null default 1 check (version > 0),
      name_enc bytea not null,
      phone_enc bytea, phone_hash bytea,
      sex text check (sex in ('male', 'female')),
      document_type text check (document_type in
        ('resident_id', 'passport', 'hmt_residence', 'foreign_permanent', 'hm_permit', 'taiwan_permit', 'other')),
      nationality text check (nationality ~ '^[A-Z]{3}$'),
      document_enc bytea, document_hash bytea, document_tail_hash bytea,
      birth_day_enc bytea,
      unit_enc bytea,
      guardian_id uuid references guardian,
      -- Declared by the lead for somebody without a phone; an agreement of one's own stands with the member.
      consent_id uuid references consent,
      member_id uuid references visitor,
      joined_at timestamptz,
      checked_at timestamptz,
      created_at timestamptz not null default now(),
      removed_at timestamptz,
      check ((phone_enc is null) = (phone_hash is null)),
      check ((document_enc is null) = (document_hash is null)),
      check ((document_enc is null) = (document_tail_hash is null)),
      check ((member_id is null) = (joined_at is null)),
      check (member_id is null or document_enc is null)
    );
    create unique index companion_phone on companion (visitor_id, phone_hash)
      where removed_at is null and phone_hash is not null;
    create unique index companion_member on companion (visitor_id, member_id)
      where removed_at is null and member_id is not null;
    create index companion_book on companion (visitor_id, created_at);
    create index companion_joined on companion (member_id) where member_id is not null;
    create table companion_invitation (
      id uuid primary key default uuidv7(),
      companion_id uuid not null references companion,
      token_hash bytea not null unique,
      created_at timestamptz not null default now(),
      expires_at timestamptz not null,
      used_at timestamptz,
      revoked_at timestamptz
    );
    create index companion_invitation_companion on companion_invitation (companion_id);

    -- Photographs: encrypted, one of a kind for a person, gone when nobody needs them --------------------------------
    create table photo (
      id uuid primary key default uuidv7(),
      visitor_id uuid not null references visitor,
      companion_id uuid references companion,
      kind text not null check (kind in ('document', 'face')),
      image_enc bytea not null check (octet_length(image_enc) <= 310000),
      width integer not null check (width > 0), height integer not null check (height > 0),
      consent_id uuid not null references consent,
      keep boolean not null default false,
      created_at timestamptz not null default now(),
      unique nulls not distinct (visitor_id, companion_id, kind)
    );

    -- What was submitted: frozen, and erased when its time is over ---------------------------------------------------
    alter table submission add column kind text not null default 'request' check (kind in ('request', 'change'));
    -- The standing submission that a change departs from.
    alter table submission add column base_id uuid references submission;
    -- The host as found in the department's directory, silently; null: nobody of that name, or no directory.
    alter table submission add column host_id uuid;
    alter table submission add column erased_at timestamptz;
    alter table submission drop constraint submission_check1;
    alter table submission add constraint submission_host
      check (erased_at is not null or (channel = 'personal') = (host_enc is not null));
    alter table submission add check ((kind = 'change') = (base_id is not null));

    alter table reservation_person alter column person_id drop not null, alter column person_version drop not null,
      alter column name_enc drop not null, alter column sex drop not null, alter column phone_enc drop not null,
      alter column document_enc drop not null, alter column document_hash drop not null,
      alter column document_tail_hash drop not null;
    -- A companion without a phone has none; everybody else has one.
    alter table reservation_person
      add column visitor_id uuid references visitor,
      add column companion_id uuid references companion,
      add column nationality text,
      add column birth_day_enc bytea,
      add column guardian_id uuid references guardian,
      add column document_photo_id uuid references photo on delete set null,
      add column face_photo_id uuid references photo on delete set null,
      add column erased_at timestamptz,
      add check (erased_at is not null or (name_enc is not null and sex is not null and document_enc is not null
        and document_hash is not null and document_tail_hash is not null)),
      add check (erased_at is not null or phone_enc is not null or companion_id is not null),
      add check (person_id is not null or companion_id is not null);
    update reservation_person p set visitor_id = (select visitor_id from person where id = p.person_id);
    create index reservation_person_visitor on reservation_person (visitor_id) where visitor_id is not null;
    create index submission_reservation on submission (reservation_id);
    -- Somebody who belongs to the party and is still missing something: no row above until they are ready.
    create table awaited_person (
      submission_id uuid not null references submission,
      ordinal smallint not null check (ordinal > 0),
      reservation_id uuid not null references reservation,
      companion_id uuid not null references companion,
      name_enc bytea,
      erased_at timestamptz,
      primary key (submission_id, ordinal),
      check (erased_at is not null or name_enc is not null)
    );
    create index awaited_person_companion on awaited_person (companion_id);

    -- Requests, decisions, tasks, projection ------------------------------------------------------------------------
    alter table request drop constraint request_kind_check;
    alter table request add constraint request_kind_check check (kind in
      ('start', 'ready', 'submit', 'decide', 'cancel', 'resend_code', 'change', 'withdraw_change', 'return',
       'propose_time', 'answer_proposal', 'nudge', 'person_ready', 'remove_person', 'bind_phone'));
    alter table decision drop constraint decision_verdict_check;
    alter table decision add constraint decision_verdict_check
      check (verdict in ('approved', 'rejected', 'returned', 'proposed'));
    alter table decision drop constraint decision_check;
    alter table decision add column erased_at timestamptz;
    alter table decision add constraint decision_reason
      check (verdict in ('approved', 'proposed') or reason_enc is not null or erased_at is not null);
    alter table task drop constraint task_status_check;
    alter table task add constraint task_status_check
      check (status in ('open', 'approved', 'rejected', 'returned', 'withdrawn'));
    -- The submission a task decides about: the round's, or a change beside the standing approval.
    alter table task add column submission_id uuid references submission;
    alter table task add column nudges smallint not null default 0;
    alter table task add column nudged_at timestamptz;
    create table proposal (
      request_id uuid primary key references request,
      reservation_id uuid not null references reservation,
      visit_from timestamptz not null,
      visit_until timestamptz not null,
      created_at timestamptz not null default now(),
      check (visit_from < visit_until)
    );
    alter table reservation
      add column change_submission_id uuid references submission,
      add column change_until timestamptz,
      add column proposal_id uuid references proposal,
      add column nudges smallint not null default 0,
      add column nudged_at timestamptz,
      add column persons smallint,
      add check ((change_submission_id is null) = (change_until is null));
    drop index reservation_one_draft;
    -- What was submitted once is no draft, also when it came back to be corrected.
    create unique index reservation_one_draft on reservation (visitor_id)
      where stage in ('registration', 'consent', 'profile', 'details') and submission_id is null;

    -- Passes: made once a transition, bound to a phone or printed ---------------------------------------------------
    create table phone_binding (
      id uuid primary key default uuidv7(),
      pass_id uuid not null,
      reservation_id uuid not null references reservation,
      ordinal integer not null,
      -- Compressed P-256 point.
      public_key bytea not null check (octet_length(public_key) = 33),
      -- Whose session asked; null: whoever typed the visit code.
      visitor_id uuid references visitor,
      created_at timestamptz not null default now()
    );
    create index phone_binding_pass on phone_binding (pass_id, created_at);
    alter table pass add column seq integer;
    alter table pass add column form text not null default 'renewed' check (form in ('renewed', 'bound'));
    alter table pass add column binding_id uuid references phone_binding;
    -- The same version for paper: asks for the document.
    alter table pass add column static_token_enc bytea;
    alter table pass add check ((form = 'bound') = (binding_id is not null));
    create unique index pass_once on pass (reservation_id, ordinal, seq) where seq is not null;

    -- Messages, codes -----------------------------------------------------------------------------------------------
    alter table message drop constraint message_kind_check;
    alter table message add constraint message_kind_check check (kind in
      ('approved', 'code', 'rejected', 'cancelled', 'expired', 'returned', 'proposed', 'changed', 'change_refused',
       'person_ready', 'pass_opened'));
    alter table phone_code drop constraint phone_code_purpose_check;
    alter table phone_code add constraint phone_code_purpose_check check (purpose in
      ('login', 'unbind', 'change_phone', 'join', 'guardian', 'export', 'erase'));

    grant select, insert, update, delete on
      guardian, companion, companion_invitation, photo, awaited_person, proposal, phone_binding to xiaomen_app;
    revoke update, delete, truncate on awaited_person, proposal, phone_binding from xiaomen_app;
    grant update (withdrawn_at) on consent to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
