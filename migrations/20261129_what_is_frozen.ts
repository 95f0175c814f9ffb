import type { Knex } from 'knex';

/**
 * Append-only, whatever the application says. What empties frozen rows or deletes audit records looks for itself whether
 * the time is over, by times that the application's role cannot set; and the audit is a chain, so that a record which
 * somebody with more rights removed or changed is found.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Times that the database sets -----------------------------------------------------------------------------------
    -- The schema's owner restores and arranges, the application's role does not. Not a security definer: it asks who acts.
    create function acts_as_owner() returns boolean language sql stable set search_path = pg_catalog, pg_temp as
      $body$ select pg_has_role(current_user, (select relowner from pg_class where oid = 'public.audit'::regclass), 'member') $body$;

    alter table reservation add column closure_recorded_at timestamptz;
    update reservation set closure_recorded_at = closed_at where stage = 'closed';
    create function note_closure() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $body$
    begin
      if new.stage <> 'closed' then
        new.closure_recorded_at := null;
      elsif public.acts_as_owner() then
        new.closure_recorded_at := coalesce(new.closed_at, now());
      else
        new.closure_recorded_at := case when tg_op = 'UPDATE' then coalesce(old.closure_recorded_at, now()) else now() end;
      end if;
      return new;
    end $body$;
    create trigger note_closure before insert or update of stage, closed_at, closure_recorded_at on reservation
      for each row when (new.stage = 'closed' or new.closure_recorded_at is not null) execute function note_closure();
    -- A reservation stays its visitor's: else one could be handed to an account that is being erased.
    create function keep_owner() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $body$
    begin
      if public.acts_as_owner() then return new; end if;
      raise exception 'permission denied: a reservation stays its visitor''s' using errcode = '42501';
    end $body$;
    create trigger keep_owner before update of visitor_id on reservation
      for each row when (new.visitor_id is distinct from old.visitor_id) execute function keep_owner();
    create index reservation_closure on reservation (closure_recorded_at) where stage = 'closed';
    drop index reservation_closed;

    -- When an account was last used never moves back.
    create function keep_last_seen() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $body$
    begin
      if not public.acts_as_owner() then new.last_seen_at := old.last_seen_at; end if;
      return new;
    end $body$;
    create trigger keep_last_seen before update of last_seen_at on visitor
      for each row when (new.last_seen_at < old.last_seen_at) execute function keep_last_seen();

    -- An erasure is a row before anything is erased, and says why -------------------------------------------------------
    alter table erasure add column cause text not null default 'asked' check (cause in ('asked', 'idle', 'recovered'));
    alter table erasure alter column cause drop default, alter column counts drop not null, alter column proof drop not null;
    insert into erasure (id, visitor_id, at, cause)
      select gen_random_uuid(), v.id, v.erased_at, 'idle' from visitor v
        where v.erased_at is not null and not exists (select from erasure e where e.visitor_id = v.id);
    create function begin_erasure() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $body$
    begin
      if new.cause = 'idle' and not exists (select from public.visitor v where v.id = new.visitor_id
          and v.last_seen_at < now() - (select t.days from public.retention t where t.class = 'idle_accounts') * interval '1 day') then
        raise exception 'permission denied: the account was used too lately' using errcode = '42501';
      end if;
      if new.cause = 'recovered' and not exists (select from public.phone_recovery r
          where r.visitor_id = new.visitor_id and r.status = 'approved') then
        raise exception 'permission denied: nobody took this account over' using errcode = '42501';
      end if;
      return new;
    end $body$;
    create trigger begin_erasure before insert on erasure for each row execute function begin_erasure();
    create function complete_erasure() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $body$
    begin
      if old.counts is null or public.acts_as_owner() then return new; end if;
      raise exception 'permission denied: an erasure is told once' using errcode = '42501';
    end $body$;
    create trigger complete_erasure before update on erasure for each row execute function complete_erasure();
    grant update (counts, proof) on erasure to xiaomen_app;
    -- Whoever says that an account is erased has erased it by the end of the transaction.
    create function end_erasure() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $body$
    begin
      if exists (select from public.visitor v where v.id = new.visitor_id and v.erased_at is null) then
        raise exception 'permission denied: the account was not erased' using errcode = '42501';
      end if;
      return null;
    end $body$;
    create constraint trigger end_erasure after insert on erasure deferrable initially deferred
      for each row execute function end_erasure();

    -- The audit: its time is the database's, and its records a chain of days --------------------------------------------
    alter table audit add column chain_day date, add column place integer, add column hash bytea;
    alter table audit add constraint audit_sealed_whole
      check ((chain_day is null) = (hash is null) and (place is null) = (hash is null));
    create unique index audit_chain on audit (chain_day, place) where hash is not null;
    create index audit_unsealed on audit (at, id) where hash is null;
    create table audit_day (
      day date primary key,
      -- What the first record of the day follows: made of the head of the day before and of this day.
      opening bytea not null check (octet_length(opening) = 32),
      -- What the last record so far ends in. It stays as an anchor when the day's records have gone.
      head bytea not null check (octet_length(head) = 32),
      records integer not null default 0,
      purged_at timestamptz
    );
    revoke all on audit_day from xiaomen_app;
    grant select on audit_day to xiaomen_app;

    create function stamp_audit() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $body$
    begin
      new.chain_day := null;
      new.place := null;
      new.hash := null;
      if not public.acts_as_owner() then new.at := now(); end if;
      return new;
    end $body$;
    create trigger stamp_audit before insert on audit for each row execute function stamp_audit();

    -- Puts records that were committed since into the chain, at most so many; returns how many. A page never waits for
    -- it: it is done apart, by one at a time. A record whose day is over already goes into the newest one.
    create function seal_audit(most integer) returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
    declare
      today date := (now() at time zone 'Asia/Shanghai')::date;
      chain public.audit_day;
      one public.audit;
      its date;
      sealed integer := 0;
    begin
      if not pg_try_advisory_xact_lock(hashtext('seal_audit')) then return 0; end if;
      select * into chain from public.audit_day order by day desc limit 1;
      for one in select * from public.audit where hash is null order by at, id limit most loop
        its := greatest(chain.day + (chain.purged_at is not null)::integer,
                        least((one.at at time zone 'Asia/Shanghai')::date, today));
        if chain.day is distinct from its then
          if chain.day is not null then
            update public.audit_day d set head = chain.head, records = chain.records where d.day = chain.day;
          end if;
          chain.opening := sha256(coalesce(chain.head, decode(repeat('00', 32), 'hex')) || convert_to(its::text, 'UTF8'));
          chain.head := chain.opening;
          chain.day := its;
          chain.records := 0;
          chain.purged_at := null;
          insert into public.audit_day (day, opening, head) values (its, chain.opening, chain.head);
        end if;
        chain.records := chain.records + 1;
        -- store/audit/audit-chain.ts reckons the same; each field with its length, so that none runs into the next.
        chain.head := sha256(chain.head || (select convert_to(string_agg(
            coalesce(octet_length(convert_to(f, 'UTF8')) || ':' || f, '-'), '' order by n), 'UTF8')
          from unnest(array[its::text, chain.records::text, one.id::text,
            to_char(one.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), one.actor_kind, one.actor_id, one.action,
            one.subject_kind, one.subject_id, one.detail::text, encode(one.address_hash, 'hex'), one.request_id])
            with ordinality as u (f, n)));
        update public.audit a set chain_day = its, place = chain.records, hash = chain.head where a.id = one.id;
        sealed := sealed + 1;
      end loop;
      if sealed > 0 then
        update public.audit_day d set head = chain.head, records = chain.records where d.day = chain.day;
      end if;
      return sealed;
    end $body$;

    -- Days of the audit whose last moment is older than their class says, each whole and sealed, the oldest first, until so many
    -- records went. What the next day follows stays.
    create or replace function purge_audit(most integer) returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
    declare
      kept interval := (select t.days from public.retention t where t.class = 'audit_records') * interval '1 day';
      over date;
      gone integer;
      purged integer := 0;
    begin
      for over in select d.day from public.audit_day d where d.purged_at is null
          and (d.day + 1)::timestamp at time zone 'Asia/Shanghai' <= now() - kept
          and not exists (select from public.audit a where a.hash is null
            and a.at < (d.day + 1)::timestamp at time zone 'Asia/Shanghai') order by d.day loop
        delete from public.audit a where a.chain_day = over;
        get diagnostics gone = row_count;
        update public.audit_day d set purged_at = now() where d.day = over;
        purged := purged + gone;
        exit when purged >= most;
      end loop;
      return purged;
    end $body$;

    -- Frozen rows ----------------------------------------------------------------------------------------------------
    -- People and free text of closed reservations. Without a lead: those whose time is over. With one, whose account is
    -- being erased: what that account led, and nobody who has an account of their own: theirs stays for its class. Returns how many people were erased.
    create or replace function erase_submissions(reservations uuid[], lead uuid default null) returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
    declare
      kept interval := (select t.days from public.retention t where t.class = 'people_of_closed_visits') * interval '1 day';
      closed uuid[];
      people integer;
    begin
      if lead is not null and not exists (select from public.erasure e where e.visitor_id = lead) then
        raise exception 'permission denied: nobody erases this account' using errcode = '42501';
      end if;
      select coalesce(array_agg(r.id), '{}') into closed from public.reservation r
        where r.id = any(reservations) and case
          when lead is null then r.stage = 'closed' and r.closure_recorded_at < now() - kept
          else r.visitor_id = lead and (r.stage = 'closed'
            -- What was sent and never admitted; nothing of it is on its way.
            or r.submission_id is null and not exists (select from public.request q
              where q.reservation_id = r.id and q.status = 'pending')) end;
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

    revoke all on function seal_audit(integer) from public;
    grant execute on function seal_audit(integer) to xiaomen_app;
  `);
  await askForTheErasure(knex);
}

/** `erase_person` as it stands, save that it empties the rows of an account that is being erased, and of no other. */
async function askForTheErasure(knex: Knex): Promise<void> {
  const { rows } = await knex.raw<{ rows: [{ source: string }] }>(
    `select pg_get_functiondef('erase_person(uuid)'::regprocedure) as source`,
  );
  const begin = /^ *begin$/im;
  if (!begin.test(rows[0].source)) throw new Error('erase_person is not as it was known');
  const asking = `begin
      if not exists (select from public.erasure e where e.visitor_id = account) then
        raise exception 'permission denied: nobody erases this account' using errcode = '42501';
      end if;`;
  await knex.raw(rows[0].source.replace(begin, () => asking));
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
