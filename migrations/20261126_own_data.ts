import type { Knex } from 'knex';

/**
 * What outlives its purpose is erased: how long each class is kept, accounts that their owners deleted, and the only ways
 * in which frozen rows can lose what they say. Those are functions of the schema's owner: the application's role may
 * call them and still cannot update such a row, nor delete a record of the audit before its time.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- How long each class is kept; read by the purge, by the page 我的数据 and by purge_audit below. ----------------
    create table retention (
      class text primary key check (class ~ '^[a-z_]{3,30}$'),
      days integer not null check (days >= 0),
      since timestamptz not null default now()
    );
    insert into retention (class, days) values
      -- Taken for a visit that was never asked for; else the end of the last window that uses it.
      ('photo', 7),
      ('kept_form', 1),
      ('code', 2),
      ('invitation', 30),
      ('companion', 30),
      ('guardian', 180),
      ('recovery', 30),
      ('credential', 1),
      ('message', 180),
      ('visit_people', 180),
      -- Network logs: at least six months (Cybersecurity Law art. 21); six months may have 184 days.
      ('gate_event', 185),
      ('erased_account', 0),
      ('account', 730),
      ('audit', 1096);

    -- An account that was deleted stays as an empty shell: what points at it says nothing about anybody. -------------
    alter table visitor add column erased_at timestamptz;
    alter table visitor add check
      (erased_at is null or (phone_hash is null and openid_hash is null and superseded_at is not null));
    create index visitor_idle on visitor (last_seen_at) where erased_at is null;
    create table erasure (
      id uuid primary key,
      visitor_id uuid not null unique references visitor,
      at timestamptz not null,
      -- Rows by class; nothing personal.
      counts jsonb not null check (jsonb_typeof(counts) = 'object'),
      -- The text that its owner was given, with its signature.
      proof text not null
    );

    alter table companion alter column name_enc drop not null;
    alter table companion add column erased_at timestamptz;
    alter table companion add check ((erased_at is null) = (name_enc is not null));
    create index companion_removed on companion (removed_at) where removed_at is not null and erased_at is null;

    -- Frozen rows --------------------------------------------------------------------------------------------------
    do $body$
    declare
      older text;
    begin
      select conname into strict older from pg_constraint
        where conrelid = 'reservation_person'::regclass and contype = 'c'
          and pg_get_constraintdef(oid) like '%(person_id IS NOT NULL)%';
      execute format('alter table reservation_person drop constraint %I', older);
    end $body$;
    alter table reservation_person add constraint reservation_person_origin
      check (erased_at is not null or person_id is not null or companion_id is not null);
    create index reservation_closed on reservation (closed_at) where stage = 'closed';

    -- People and free text of closed reservations. With a lead: only what that account led, and nobody who has an
    -- account of their own: theirs stays for its class. Returns how many people were erased.
    create function erase_submissions(reservations uuid[], lead uuid default null) returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
    declare
      closed uuid[];
      people integer;
    begin
      select coalesce(array_agg(r.id), '{}') into closed from public.reservation r
        where r.id = any(reservations) and (lead is null or r.visitor_id = lead) and (r.stage = 'closed'
          -- What was sent and never admitted; nothing of it is on its way.
          or (lead is not null and r.submission_id is null and not exists (select from public.request q
            where q.reservation_id = r.id and q.status = 'pending')));
      update public.reservation_person p set
          person_id = null, person_version = null, name_enc = null, sex = null, phone_enc = null, document_enc = null,
          document_hash = null, document_tail_hash = null, nationality = null, birth_day_enc = null, plate_enc = null,
          unit_enc = null, guardian_id = null, document_photo_id = null, face_photo_id = null, erased_at = now()
        where p.reservation_id = any(closed) and p.erased_at is null
          and (lead is null or p.visitor_id is null or p.visitor_id = lead);
      get diagnostics people = row_count;
      update public.awaited_person a set name_enc = null, erased_at = now()
        where a.reservation_id = any(closed) and a.erased_at is null;
      update public.submission s set host_enc = null, host_id = null, note_enc = null, erased_at = now()
        where s.reservation_id = any(closed) and s.erased_at is null;
      update public.decision d set reason_enc = null, erased_at = now()
        where d.reservation_id = any(closed) and d.erased_at is null;
      return people;
    end $body$;

    -- One account's own rows in other people's visits: of those that are closed, and where it was taken out.
    create function erase_person(account uuid) returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
    declare
      people integer;
    begin
      update public.reservation_person p set
          person_id = null, person_version = null, name_enc = null, sex = null, phone_enc = null, document_enc = null,
          document_hash = null, document_tail_hash = null, nationality = null, birth_day_enc = null, plate_enc = null,
          unit_enc = null, guardian_id = null, document_photo_id = null, face_photo_id = null, erased_at = now()
        from public.reservation r
        where r.id = p.reservation_id and p.visitor_id = account and p.erased_at is null
          and (r.stage = 'closed' or (p.ordinal > 0 and exists (select from public.request q
            where q.reservation_id = r.id and q.kind = 'remove_person' and q.status = 'answered'
              and (q.payload->>'ordinal')::integer = p.ordinal
              and q.answered_at >= (select s.created_at from public.submission s where s.id = p.submission_id))));
      get diagnostics people = row_count;
      -- What has to stand a little longer no longer leads to the account's person.
      update public.reservation_person p set person_id = null, person_version = null
        where p.visitor_id = account and p.person_id is not null and p.companion_id is not null;
      update public.awaited_person a set name_enc = null, erased_at = now()
        from public.reservation r, public.companion c
        where r.id = a.reservation_id and c.id = a.companion_id and c.member_id = account and a.erased_at is null
          and (r.stage = 'closed' or exists (select from public.request q
            where q.reservation_id = r.id and q.kind = 'remove_person' and q.status = 'answered'
              and (q.payload->>'ordinal')::integer = a.ordinal
              and q.answered_at >= (select s.created_at from public.submission s where s.id = a.submission_id)));
      return people;
    end $body$;

    -- Records of the audit that are older than their class says, the oldest first.
    create function purge_audit(most integer) returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
    declare
      purged integer;
    begin
      delete from public.audit where id in (select a.id from public.audit a
        where a.at < now() - (select t.days from public.retention t where t.class = 'audit') * interval '1 day'
        order by a.id limit most);
      get diagnostics purged = row_count;
      return purged;
    end $body$;

    revoke all on function erase_submissions(uuid[], uuid), erase_person(uuid), purge_audit(integer) from public;
    grant execute on function erase_submissions(uuid[], uuid), erase_person(uuid), purge_audit(integer) to xiaomen_app;
    grant select on retention to xiaomen_app;
    grant select, insert on erasure to xiaomen_app;
    grant delete on phone_recovery to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
