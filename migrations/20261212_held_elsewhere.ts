import type { Knex } from 'knex';

/**
 * What others hold about somebody goes with that person's wish: rows of companions' books, guardians of other people's
 * children, people of other people's visits. Each place is a row here, deleted at once or kept with its reason and its day, so
 * that a proof can name it, its holder is told, and the nightly purge finishes what had to wait.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Somebody without an account asks about what others told us of them. What they wrote is forgotten with the answer.
    create table data_request (
      id uuid primary key default uuidv7(),
      kind text not null check (kind in ('copy', 'deletion', 'correction')),
      -- phone: by a code to the number that is held; counter: the office looks at the document.
      proof text not null check (proof in ('phone', 'counter')),
      status text not null default 'open' check (status in ('open', 'done', 'refused')),
      phone_enc bytea, name_enc bytea, document_enc bytea, text_enc bytea,
      document_hash bytea, phone_hash bytea,
      created_at timestamptz not null default now(),
      due_at timestamptz not null,
      closed_at timestamptz,
      staff_id uuid references staff,
      note_enc bytea,
      check ((status = 'open') = (closed_at is null)),
      check (status = 'open' or (phone_enc is null and name_enc is null and document_enc is null and text_enc is null
        and document_hash is null and phone_hash is null)),
      check ((document_enc is null) = (document_hash is null)),
      check ((phone_enc is null) = (phone_hash is null))
    );
    create index data_request_open on data_request (due_at) where status = 'open';
    create index data_request_phone on data_request (phone_hash) where phone_hash is not null;
    grant select, insert, update, delete on data_request to xiaomen_app;

    create table held_elsewhere (
      id uuid primary key default uuidv7(),
      -- By whose wish: an account that ends, or somebody without one.
      erasure_id uuid references erasure,
      request_id uuid references data_request on delete cascade,
      place text not null check (place in ('book', 'book_phone', 'guardian', 'visit', 'visit_phone', 'awaited', 'claim', 'staff')),
      -- A companion, a guardian, a reservation_person, a companion that is awaited, a claim of a lost number, a member of staff.
      row_id uuid not null,
      -- Whose book, account or visit it is.
      holder_id uuid references visitor,
      -- Null: it was deleted at once.
      kept_for text check (kept_for in ('open_visit', 'staff_account')),
      -- The first day on which it can go, in Asia/Shanghai. Null: with the staff account.
      kept_until date,
      at timestamptz not null default now(),
      deleted_at timestamptz,
      check (num_nonnulls(erasure_id, request_id) = 1),
      check (kept_for is not null or deleted_at is not null),
      check (kept_until is null or kept_for is not null)
    );
    create index held_elsewhere_erasure on held_elsewhere (erasure_id);
    create index held_elsewhere_request on held_elsewhere (request_id);
    create index held_elsewhere_holder on held_elsewhere (holder_id, at);
    create index held_elsewhere_row on held_elsewhere (row_id);
    create index held_elsewhere_waiting on held_elsewhere (kept_until) where deleted_at is null;
    grant select, insert, update (deleted_at) on held_elsewhere to xiaomen_app;
    revoke delete, truncate on held_elsewhere from xiaomen_app;

    alter table phone_code drop constraint phone_code_purpose_check;
    alter table phone_code add constraint phone_code_purpose_check check (purpose in
      ('login', 'unbind', 'change_phone', 'join', 'guardian', 'export', 'erase', 'elsewhere'));

    -- Looked for by what a person can prove, across all books.
    create index companion_phone_ever on companion (phone_hash) where phone_hash is not null;
    create index companion_document_ever on companion (document_hash) where document_hash is not null;
    create index guardian_phone on guardian (phone_hash) where phone_hash is not null;

    -- Empties the rows of other people's visits that stand in held_elsewhere: where the visit is over, or the person was taken out and nothing
    -- is on its way. Nobody who came by an account of their own, whose rows stay for their class. Returns how many rows.
    create function erase_elsewhere(wish uuid) returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
    declare
      gone integer;
      emptied integer := 0;
    begin
      update public.reservation_person p set
          person_id = null, person_version = null, name_enc = null, sex = null, phone_enc = null, document_enc = null,
          document_hash = null, document_tail_hash = null, nationality = null, birth_day_enc = null, plate_enc = null,
          unit_enc = null, guardian_id = null, document_photo_id = null, face_photo_id = null, erased_at = now()
        from public.reservation r, public.held_elsewhere h
        where wish in (h.erasure_id, h.request_id) and h.place = 'visit' and h.row_id = p.id and r.id = p.reservation_id
          and p.visitor_id is null and p.erased_at is null and public.comes_no_more(r, p.ordinal);
      get diagnostics gone = row_count;
      emptied := emptied + gone;
      update public.reservation_person p set phone_enc = null, phone_tail_hash = null
        from public.reservation r, public.held_elsewhere h
        where wish in (h.erasure_id, h.request_id) and h.place = 'visit_phone' and h.row_id = p.id and r.id = p.reservation_id
          and p.visitor_id is null and p.companion_id is not null and p.erased_at is null and p.phone_enc is not null
          and public.comes_no_more(r, p.ordinal);
      get diagnostics gone = row_count;
      emptied := emptied + gone;
      update public.awaited_person a set name_enc = null, erased_at = now()
        from public.reservation r, public.held_elsewhere h
        where wish in (h.erasure_id, h.request_id) and h.place in ('book', 'awaited') and h.row_id = a.companion_id and r.id = a.reservation_id
          and a.erased_at is null and public.comes_no_more(r, a.ordinal);
      get diagnostics gone = row_count;
      return emptied + gone;
    end $body$;
    create function comes_no_more(visit public.reservation, who smallint) returns boolean language sql stable
    set search_path = pg_catalog, pg_temp as $body$
      select public.is_over(visit) or (who > 0 and visit.ordinals is not null
        and who <> all (visit.ordinals || coalesce(visit.change_ordinals, '{}'))
        and not exists (select from public.request q where q.reservation_id = visit.id and q.status = 'pending'))
    $body$;
    revoke all on function erase_elsewhere(uuid), comes_no_more(public.reservation, smallint) from public;
    grant execute on function erase_elsewhere(uuid), comes_no_more(public.reservation, smallint) to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
