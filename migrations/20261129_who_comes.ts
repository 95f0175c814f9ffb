import type { Knex } from 'knex';

/**
 * Who comes is projected by the workflow like everything else: the ordinals of what stands, and of a change that waits.
 * Until now it was worked out at every look, from the removals that were granted since something was submitted.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table reservation add column ordinals smallint[], add column change_ordinals smallint[];

    create function pg_temp.who_comes(of_submission uuid) returns smallint[] language sql as $body$
      select coalesce(array_agg(place.ordinal order by place.ordinal), '{}') from (
          select ordinal from reservation_person where submission_id = of_submission
          union select ordinal from awaited_person where submission_id = of_submission) place
        where not exists (select from request q join submission s on s.reservation_id = q.reservation_id
          where s.id = of_submission and q.kind = 'remove_person' and q.status = 'answered'
            and q.answered_at >= s.created_at and (q.payload->>'ordinal')::integer = place.ordinal)
    $body$;
    update reservation set
        ordinals = pg_temp.who_comes(submission_id),
        change_ordinals = case when change_submission_id is not null then pg_temp.who_comes(change_submission_id) end
      where submission_id is not null;

    alter table reservation
      add constraint reservation_ordinals check ((submission_id is null) = (ordinals is null)),
      -- A workflow of before may still write a change without its people.
      add constraint reservation_change_ordinals check (change_ordinals is null or change_submission_id is not null);
  `);
  await readTheRow(knex);
}

/** `erase_person` as it stands, protections and all, save for how it learns who was taken out. */
async function readTheRow(knex: Knex): Promise<void> {
  const asked =
    /exists \(select from public\.request q\s+where q\.reservation_id = r\.id and q\.kind = 'remove_person'.*?where s\.id = ([pa])\.submission_id\)\)/gs;
  const { rows } = await knex.raw<{ rows: [{ source: string }] }>(
    `select pg_get_functiondef('erase_person(uuid)'::regprocedure) as source`,
  );
  const [{ source }] = rows;
  if (source.match(asked)?.length !== 2) throw new Error('erase_person is not as it was known');
  // Nobody's any more in what stands and in what waits; and nothing that may name them is on its way.
  const takenOut = (place: string) => `(r.ordinals is not null
      and ${place}.ordinal <> all (r.ordinals || coalesce(r.change_ordinals, '{}'))
      and not exists (select from public.request q where q.reservation_id = r.id and q.status = 'pending'))`;
  await knex.raw(source.replace(asked, (_, place: string) => takenOut(place)));
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
