import type { Knex } from 'knex';

/**
 * A gate that tried what it may not: its own software never does, so somebody else has what its box holds. What a wrong clock, a box of
 * before or another key file of the door bring about is none.
 */
export interface GateMisuse {
  gate: string;
  /** The last time. */
  at: Date;
  /** How often within the last day, as far as it is written down: the first of a kind at once, the others an hour later. */
  times: number;
}

const tried = `a.actor_kind = 'gate' and a.actor_id = g.id and a.at > now() - interval '1 day'
  and a.action = 'gate_door_refused' and a.detail ->> 'why' not in ('retired', 'token')`;

/** Of gates in service. */
export async function gateMisuses(db: Knex): Promise<GateMisuse[]> {
  const { rows } = await db.raw<{ rows: GateMisuse[] }>(
    `select g.id as gate, of.at, of.times from gate g, lateral (
       select max(a.at) as at, sum(coalesce((a.detail ->> 'more')::int, 1))::int as times from audit a where ${tried}) of
     where g.retired_at is null and of.at is not null order by of.at desc`,
  );
  return rows;
}

/** SQL for how many gates there are of that kind. */
export const misuseCount = `(select count(*) from gate g
  where g.retired_at is null and exists (select from audit a where ${tried}))`;
