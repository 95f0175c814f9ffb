import type { Knex } from 'knex';
import { someOnlyAudit } from './auditor.ts';

/**
 * Who stands in for whom: a delegate for a time, an assistant until that is ended. What either may do is said by
 * `task_actor` alone; these are the rows that it reads.
 */

export const standInKinds = ['delegation', 'assistant'] as const;
export type StandInKind = (typeof standInKinds)[number];

export interface StandIn {
  id: string;
  kind: StandInKind;
  /** The person who is stood in for. */
  staff: { id: string; name: string };
  /** `able`: they could decide today; nobody who has come to audit alone could. */
  standIn: { id: string; name: string; able: boolean };
  from: Date;
  /** Null: an assistant, until it is ended. */
  until: Date | null;
}

export interface Wish {
  kind: StandInKind;
  staff: string;
  standIn: string;
  /** Of a delegation; an assistant begins now and has no end. */
  from: Date;
  until: Date | null;
}

export type Given =
  | { ok: true; id: string; isNew: boolean }
  | { ok: false; why: 'left' }
  /** They only audit. */
  | { ok: false; why: 'auditor' }
  /** The same person is a delegate on some of these days already. */
  | { ok: false; why: 'overlaps'; standing: StandIn }
  /** Names from the person who is stood in for back to that person. */
  | { ok: false; why: 'circle'; chain: string[] };

/** What stands or is to come: given by somebody, and given to them. The soonest first. */
export async function standInsOf(db: Knex, staff: string): Promise<StandIn[]> {
  const { rows } = await db.raw<{ rows: StandInRow[] }>(
    `select x.*, s.name as staff_name, i.name as stand_in_name, a.id is not null as able from (
       select id, 'delegation' as kind, staff_id, delegate_id as stand_in_id, from_at, until_at from delegation
         where ended_at is null and until_at > now()
       union all
       select id, 'assistant', staff_id, assistant_id, since, null from assistant where ended_at is null) x
     join staff s on s.id = x.staff_id join staff i on i.id = x.stand_in_id
     left join signing_staff a on a.id = x.stand_in_id
     where :staff in (x.staff_id, x.stand_in_id) order by x.from_at, x.id`,
    { staff },
  );
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    staff: { id: row.staff_id, name: row.staff_name },
    standIn: { id: row.stand_in_id, name: row.stand_in_name, able: row.able },
    from: row.from_at,
    until: row.until_at,
  }));
}

interface StandInRow {
  id: string;
  kind: StandInKind;
  staff_id: string;
  staff_name: string;
  stand_in_id: string;
  stand_in_name: string;
  able: boolean;
  from_at: Date;
  until_at: Date | null;
}

/**
 * Lets somebody stand in. The same once more changes nothing. Days on which the same person is a delegate already are
 * refused: ending one of the two would not end the standing in. A circle is refused: people who stand in for each other
 * would leave nobody who is there.
 */
export async function letStandIn(trx: Knex, wish: Wish): Promise<Given> {
  // Two wishes at the same moment would each see no circle.
  await trx.raw(`select pg_advisory_xact_lock(hashtextextended('standing in', 0))`);
  const serving: string[] = await trx('staff')
    .whereIn('id', [wish.staff, wish.standIn])
    .whereNull('left_at')
    .orderBy('id')
    .forNoKeyUpdate()
    .pluck('id');
  if (serving.length < 2) return { ok: false, why: 'left' };
  if (await someOnlyAudit(trx, [wish.standIn])) return { ok: false, why: 'auditor' };
  const given = await standInsOf(trx, wish.staff);
  const known = given.find((one) => isSame(one, wish));
  if (known) return { ok: true, id: known.id, isNew: false };
  const standing = given.find((one) => overlaps(one, wish));
  if (standing) return { ok: false, why: 'overlaps', standing };
  const chain = await findCircle(trx, wish);
  if (chain) return { ok: false, why: 'circle', chain };
  const row =
    wish.kind === 'delegation'
      ? { staff_id: wish.staff, delegate_id: wish.standIn, from_at: wish.from, until_at: wish.until }
      : { staff_id: wish.staff, assistant_id: wish.standIn };
  const [made] = await trx(wish.kind).insert(row).returning('id');
  return { ok: true, id: made.id, isNew: true };
}

const hasSamePeople = (one: StandIn, { kind, staff, standIn }: Wish): boolean =>
  one.kind === kind && one.staff.id === staff && one.standIn.id === standIn;

const overlaps = (one: StandIn, wish: Wish): boolean =>
  hasSamePeople(one, wish) &&
  one.until !== null &&
  wish.until !== null &&
  one.from < wish.until &&
  wish.from < one.until;

const isSame = (one: StandIn, wish: Wish): boolean =>
  hasSamePeople(one, wish) &&
  (wish.kind === 'assistant' ||
    (one.from.getTime() === wish.from.getTime() && one.until?.getTime() === wish.until?.getTime()));

/**
 * Ends it, by the person who is stood in for or by an admin.
 * @returns whom it ended; `over` where it had ended already, undefined where the person never gave it
 */
export async function endStandIn(
  trx: Knex,
  { kind, id, staff }: { kind: StandInKind; id: string; staff: string },
): Promise<{ standIn: string } | 'over' | undefined> {
  const [ended] = await trx(kind)
    .where({ id, staff_id: staff })
    .whereNull('ended_at')
    .update({ ended_at: trx.fn.now() })
    .returning([kind === 'delegation' ? 'delegate_id as standIn' : 'assistant_id as standIn']);
  if (ended) return ended;
  return (await trx(kind).where({ id, staff_id: staff }).first('id')) && 'over';
}

/** The names on the way from the person back to the person, over everybody who would stand in at the same time. */
async function findCircle(trx: Knex, { staff, standIn, from, until }: Wish): Promise<string[] | undefined> {
  const { rows } = await trx.raw<{ rows: { names: string[] }[] }>(
    `with recursive edge (staff, stand_in) as (
       select staff_id, delegate_id from delegation
         where ended_at is null and until_at > greatest(cast(:from as timestamptz), now())
           and from_at < coalesce(cast(:until as timestamptz), 'infinity')
       union select staff_id, assistant_id from assistant where ended_at is null),
     way (at, path) as (
       select cast(:standIn as uuid), array[cast(:staff as uuid), cast(:standIn as uuid)]
       union all
       select e.stand_in, w.path || e.stand_in from way w join edge e on e.staff = w.at
         where w.at <> :staff and (e.stand_in = :staff or not e.stand_in = any (w.path)))
     select array(select s.name from unnest(path) with ordinality p (id, n) join staff s on s.id = p.id order by n) as names
       from way where at = :staff order by cardinality(path) limit 1`,
    { staff, standIn, from, until },
  );
  return rows[0]?.names;
}
