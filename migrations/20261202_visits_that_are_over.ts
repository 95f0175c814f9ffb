import type { Knex } from 'knex';

/**
 * An erasure takes the people of visits that are over, and a row that says `closed` alone does not prove that. Until its
 * window ends, a visit that was approved is over only where something else says so too: an answered request to cancel or to change it, or
 * the sweep's note that its workflow is lost. What was asked and answered stays so, for the application's role.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Submissions and decisions are insert-only, and the time is the database's.
    create function is_over(visit public.reservation) returns boolean language sql stable
    set search_path = pg_catalog, pg_temp as $body$
      select visit.stage = 'closed' and (
        not exists (select from public.decision d join public.submission s on s.id = d.submission_id
          where d.reservation_id = visit.id and d.verdict = 'approved' and s.visit_until > now())
        or exists (select from public.request q
          where q.reservation_id = visit.id and q.kind in ('cancel', 'change') and q.status = 'answered')
        or exists (select from public.visit_fault f where f.reservation_id = visit.id and f.kind = 'lost'))
    $body$;
    revoke all on function is_over(public.reservation) from public;
    grant execute on function is_over(public.reservation) to xiaomen_app;

    create function keep_request() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $body$
    begin
      if public.acts_as_owner() then return new; end if;
      if tg_op = 'INSERT' then
        if new.status <> 'pending' then
          raise exception 'permission denied: a request is asked before it is answered' using errcode = '42501';
        end if;
        new.created_at := now();
        return new;
      end if;
      if (new.id, new.reservation_id, new.kind, new.actor_kind, new.actor_id, new.payload, new.created_at)
          is distinct from (old.id, old.reservation_id, old.kind, old.actor_kind, old.actor_id, old.payload, old.created_at)
          or (old.status <> 'pending' and (new.status, new.answer, new.answered_at)
            is distinct from (old.status, old.answer, old.answered_at)) then
        raise exception 'permission denied: what was asked and answered stays' using errcode = '42501';
      end if;
      if old.status = 'pending' and new.status <> 'pending' then new.answered_at := now(); end if;
      return new;
    end $body$;
    create trigger keep_request before insert or update of id, reservation_id, kind, actor_kind, actor_id,
      payload, created_at, status, answer, answered_at on request for each row execute function keep_request();
    revoke delete on request from xiaomen_app;
  `);
  await ask(knex, 'erase_submissions(uuid[],uuid)', /r\.visitor_id = lead and \(r\.stage = 'closed'/g, 1, () => {
    return 'r.visitor_id = lead and (public.is_over(r)';
  });
  await ask(knex, 'erase_person(uuid)', /and \(r\.stage = 'closed'/g, 2, () => 'and (public.is_over(r)');
}

/** The function as it stands, protections and all, save for when a visit counts as over. */
async function ask(knex: Knex, name: string, asked: RegExp, times: number, now: () => string): Promise<void> {
  const { rows } = await knex.raw<{ rows: [{ source: string }] }>(
    'select pg_get_functiondef(?::regprocedure) as source',
    [name],
  );
  const [{ source }] = rows;
  if (source.match(asked)?.length !== times) throw new Error(`${name} is not as it was known`);
  await knex.raw(source.replace(asked, now));
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
