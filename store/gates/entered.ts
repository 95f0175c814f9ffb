import type { Knex } from 'knex';
import { againWithin, type FeedPage, mostEntered } from '../../domain/feed.ts';

/** Longer than an entry may take from the beginning of its transaction to the end (`project`). */
const overlap = 6_000;

/**
 * Whom the other gates of its campus let in lately: what was recorded since a gate asked last, and a little before, since
 * an entry may become visible later than another one that was recorded after it. The newest, where they are very many. It
 * is read beside the feed and written nowhere: an entry costs no gate a row and waits for no gate's lock.
 *
 * @param after epoch milliseconds by the database's clock, as the last answer said; 0: everything that still matters
 */
export async function enteredElsewhere(
  db: Knex,
  gate: string,
  after: number,
): Promise<NonNullable<FeedPage['entered']>> {
  const { rows } = await db.raw<{ rows: [Omit<NonNullable<FeedPage['entered']>, 'after'>] }>(read, {
    gate,
    since: Math.max(0, after - overlap),
    within: againWithin,
    most: mostEntered,
  });
  const { through, entries } = rows[0];
  return { after, through: Number(through), entries };
}

const read = `
  select (extract(epoch from now()) * 1000)::bigint as through, coalesce(json_agg(json_build_object(
      'reservation', e.reservation_id, 'ordinal', e.ordinal, 'at', (extract(epoch from e.occurred_at) * 1000)::bigint,
      'gate', json_build_object('zh-CN', e.name_zh, 'en', e.name_en)))
    filter (where e.ordinal is not null), '[]') as entries
  from (select 1) one left join (
    select e.reservation_id, e.ordinal, e.occurred_at, g.name_zh, g.name_en
      from gate_event e join gate g on g.id = e.gate_id
      where e.direction = 'in' and e.annulled_at is null and g.id <> :gate and g.campus_id = (select campus_id from gate where id = :gate)
        and e.recorded_at > greatest(to_timestamp(cast(:since as float) / 1000),
          now() - :within * interval '1 millisecond')
        and e.occurred_at > now() - :within * interval '1 millisecond'
      order by e.recorded_at desc limit :most) e on true`;
