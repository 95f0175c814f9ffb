import type { Knex } from 'knex';

/**
 * Money is kept for as long as the law asks, and no longer. Vouchers of the books stand for 30 years from the end of their year,
 * what compares them with a bank for 10 (会计档案管理办法 art. 14 and its second table), and what is not settled stays (art. 19).
 * Orders that were never paid are no vouchers: they go with the people of their visit.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    insert into retention (class, days) values
      ('unpaid_orders', 180),
      -- The longest that 10 and 30 years can be.
      ('bill_comparisons', 3653),
      ('payments', 10958);
    alter table retention drop constraint retention_by_law,
      add constraint retention_by_law check (days >= case class
        when 'audit_records' then 1096 when 'gate_events' then 184
        when 'bill_comparisons' then 3653 when 'payments' then 10958 else 0 end);
    create index payment_order_closed on payment_order (opened_at) where status = 'closed';
    -- Where an order is paid is worth nothing once it is paid or closed.
    update payment_order set prepay = null where status <> 'open' and prepay is not null;

    create function purge_unpaid_orders(most integer) returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
    declare
      kept interval := (select t.days from public.retention t where t.class = 'unpaid_orders') * interval '1 day';
      purged integer;
    begin
      delete from public.payment_order where status = 'closed' and id in (select o.id from public.payment_order o
        left join public.reservation r on r.id = o.reservation_id
        where o.status = 'closed'
          and not exists (select from public.payment_fault d where d.subject = o.id::text and d.settled_at is null)
          and (r.id is null or r.stage = 'closed' and (r.closure_recorded_at < now() - kept
          or exists (select from public.submission s where s.id = o.submission_id and s.erased_at is not null)))
        order by o.opened_at limit most for update of o skip locked);
      get diagnostics purged = row_count;
      return purged;
    end $body$;

    -- When the time of what was done at an instant begins: the first day after its year, in Shanghai.
    create function year_of_books_ends(moment timestamptz) returns timestamptz
    language sql stable set search_path = pg_catalog, pg_temp
    return (date_trunc('year', moment at time zone 'Asia/Shanghai') + interval '1 year') at time zone 'Asia/Shanghai';

    -- All of a visit's money at once, so that what is left of it always adds up.
    create function purge_payments(most integer) returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
    declare
      since timestamptz := now() - (select t.days from public.retention t where t.class = 'payments') * interval '1 day';
      gone uuid[];
    begin
      select coalesce(array_agg(v.reservation_id), '{}') into gone from (
        select distinct o.reservation_id from public.payment_order o
        where o.status = 'paid' and o.paid_at < since
          and not exists (select from public.reservation r where r.id = o.reservation_id and r.stage <> 'closed')
          and not exists (select from public.payment_order other
            left join public.payment_refund f on f.order_id = other.id
            left join public.payment_fault d on d.settled_at is null and d.subject in (other.id::text, f.id::text)
            where other.reservation_id = o.reservation_id
              and (other.status = 'open' or d.subject is not null or (f.id is not null and f.done_at is null)
                or public.year_of_books_ends(greatest(other.paid_at, f.done_at)) > since))
        limit most) v;
      perform from public.payment_account a where a.reservation_id = any(gone) order by a.reservation_id for update;
      delete from public.payment_refund f using public.payment_order o
        where o.id = f.order_id and o.reservation_id = any(gone);
      delete from public.payment_order where reservation_id = any(gone);
      delete from public.payment_account where reservation_id = any(gone);
      return cardinality(gone);
    end $body$;

    -- A difference stays beside the order or refund that it is about.
    create function purge_bill_comparisons(most integer) returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
    declare
      since timestamptz := now() - (select t.days from public.retention t where t.class = 'bill_comparisons') * interval '1 day';
      days integer;
      faults integer;
    begin
      delete from public.payment_bill where day in (select b.day from public.payment_bill b
        where public.year_of_books_ends(b.day::timestamp at time zone 'Asia/Shanghai') <= since order by b.day limit most);
      get diagnostics days = row_count;
      delete from public.payment_fault where (kind, subject) in (select d.kind, d.subject from public.payment_fault d
        where public.year_of_books_ends(d.settled_at) <= since
          and not exists (select from public.payment_order o where o.id::text = d.subject)
          and not exists (select from public.payment_refund f where f.id::text = d.subject)
        limit most);
      get diagnostics faults = row_count;
      return days + faults;
    end $body$;

    revoke all on function purge_unpaid_orders(integer), purge_payments(integer), purge_bill_comparisons(integer) from public;
    grant execute on function purge_unpaid_orders(integer), purge_payments(integer), purge_bill_comparisons(integer) to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
