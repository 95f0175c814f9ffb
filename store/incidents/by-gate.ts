import type { Knex } from 'knex';
import { type Incident, touchedBy } from './touched.ts';

/**
 * What a box held: of each pass that its feed told it, sealed to its key, name, plate, times and what the last six characters
 * of the document are compared with, until a day after the pass ends (gate-worker/known-passes.ts); and whom it saw in the
 * last eight days (gate-worker/scan-rows.ts).
 *
 * @param of.since when the box was surely in good hands for the last time
 * @returns undefined where there is no such gate
 */
export async function touchedByGate(
  db: Knex,
  { gate, since }: { gate: string; since: Date },
): Promise<Incident | undefined> {
  if (!(await db('gate').where({ id: gate }).first('id'))) return undefined;
  return { touched: await touchedBy(db, held, { gate, since }), figures: {} };
}

/**
 * Rows of the feed go a day after no version of their pass lasts any more. Of passes that ended before, those of the campus
 * count that were made while the gate was in service: it may have held them.
 */
const held = `
  with box as (select id, campus_id, coalesce(retired_at, now()) as until from gate where id = :gate)
  select distinct 'visit' as kind, f.reservation_id as id, f.ordinal, 'told_to_gate' as what
    from gate_feed f join box on box.id = f.gate_id
    where f.kind = 'pass' and f.kept_until > cast(:since as timestamptz) - interval '1 day'
  union
  select 'visit', p.reservation_id, p.ordinal, 'told_to_gate'
    from pass p join box on box.campus_id = p.campus_id
    where p.issued_at <= box.until and p.valid_until > cast(:since as timestamptz) - interval '1 day'
      and p.valid_until < now() - interval '1 day'
  union
  select 'visit', e.reservation_id, e.ordinal, 'entry_at_gate'
    from gate_event e join box on box.id = e.gate_id
    where e.occurred_at > cast(:since as timestamptz) - interval '8 days' and e.occurred_at <= box.until`;
