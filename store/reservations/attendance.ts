import type { Knex } from 'knex';
import type { Projection } from '../../domain/projection.ts';
import type { Transaction } from '../../platform/db.ts';

/** Who of a party came, and whose exit no gate saw: kept with the visit once it is over. */

type Attendance = NonNullable<Projection['attendance']>;

/** With what gates told later than the workflow could hear it: who came in, and who was seen leaving after all. */
export async function attendance(trx: Transaction, reservation: string, known: Attendance): Promise<Attendance> {
  const events = await trx('gate_event').where({ reservation_id: reservation }).orderBy('occurred_at');
  const counted = events.filter(({ annulled_at: annulled }) => annulled === null);
  const ordinalsOf = (of: typeof events) =>
    of.flatMap(({ ordinal, direction }): number[] => (direction === 'in' ? [ordinal] : []));
  const undone = ordinalsOf(events).filter((ordinal) => !ordinalsOf(counted).includes(ordinal));
  const last = new Map(counted.map(({ ordinal, direction }) => [ordinal, direction]));
  const came = [...known.came.filter((ordinal) => !undone.includes(ordinal)), ...ordinalsOf(counted)];
  return {
    came: [...new Set(came)].toSorted((a, b) => a - b),
    exitUnseen: known.exitUnseen.filter((ordinal) => !undone.includes(ordinal) && last.get(ordinal) !== 'out'),
  };
}

/** A gate told of it once the visit was closed. */
export async function correctAttendance(trx: Transaction, reservation: string): Promise<void> {
  const row = await trx('reservation').where({ id: reservation }).whereNotNull('came').first('came', 'exit_unseen');
  if (!row) return;
  const { came, exitUnseen } = await attendance(trx, reservation, {
    came: row.came,
    exitUnseen: row.exit_unseen ?? [],
  });
  await trx('reservation').where({ id: reservation }).update({ came, exit_unseen: exitUnseen });
}

/**
 * Where one of a party is, as far as gates say: `in`, or `out`, while the visit goes on; once it is over, whether they came,
 * and whether no gate saw them leave.
 */
export type Presence = 'in' | 'out' | 'came' | 'no_show' | 'exit_unseen';

/** By ordinal. Of somebody who has not come yet it says nothing, nor of visits that a release before closed or that did not take place. */
export async function presenceOf(db: Knex, reservation: string): Promise<Map<number, Presence>> {
  const row = await db('reservation').where({ id: reservation }).first('stage', 'ordinals', 'came', 'exit_unseen');
  if (row?.stage === 'closed') return onceOver(row);
  const events = await db('gate_event')
    .where({ reservation_id: reservation, annulled_at: null })
    .orderBy('occurred_at');
  return new Map(events.map(({ ordinal, direction }) => [ordinal, direction]));
}

function onceOver(row: { ordinals: number[] | null; came: number[] | null; exit_unseen: number[] | null }) {
  const { came } = row;
  if (!came) return new Map<number, Presence>();
  const party = new Set([...(row.ordinals ?? []), ...came]);
  const of = (ordinal: number): Presence => {
    if (!came.includes(ordinal)) return 'no_show';
    return row.exit_unseen?.includes(ordinal) ? 'exit_unseen' : 'came';
  };
  return new Map([...party].map((ordinal) => [ordinal, of(ordinal)]));
}
