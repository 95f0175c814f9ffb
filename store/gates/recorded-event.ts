import type { Contradiction } from '../../domain/gate-contradiction.ts';
import { isPlausible } from '../../domain/gate-event.ts';
import type { GateEvent } from '../../domain/projection.ts';
import type { Transaction } from '../../platform/db.ts';
import { desksOf, tellStaffOfVisit } from '../office/overstay.ts';
import { recordVisitFault } from '../office/visit-fault.ts';
import { tellEntry } from '../webhooks/telling.ts';
import { findContradictions } from './contradiction.ts';

/** Entries and exits as gates told of them: written within the transaction of a visit's projection, or behind its end. */

/**
 * What a gate saw happened, also where the task that recorded it failed: an event is written once and stays. One that was annulled is
 * marked so, whichever of both comes first.
 */
export async function recordEvents(trx: Transaction, told: GateEvent[], { late }: { late: boolean }): Promise<boolean> {
  const events = await thatCanBe(trx, told);
  if (events.length === 0) return false;
  const recorded: { id: string }[] = await trx('gate_event')
    .insert(
      events.map((event) => ({
        id: event.event,
        reservation_id: event.reservation,
        ordinal: event.ordinal,
        gate_id: event.gate,
        guard_id: event.guard ?? null,
        by_hand: event.byHand ?? null,
        direction: event.direction,
        method: event.method,
        occurred_at: new Date(event.at),
        version: event.version ?? null,
        step: event.step ?? null,
        annulled_at: event.annulled === undefined ? null : new Date(event.annulled),
        late,
      })),
    )
    .onConflict('id')
    .ignore()
    .returning('id');
  const isNew = new Set(recorded.map(({ id }) => id));
  for (const event of events.filter((one) => isNew.has(one.event) && one.annulled === undefined)) {
    await tellEntry(trx, event);
  }
  const annulled = await annul(
    trx,
    events.filter(({ event }) => !isNew.has(event)),
  );
  const changed = recorded.length + annulled > 0;
  if (changed) await lookAnew(trx, events);
  return changed;
}

/** Gates that were apart may have let in what one that knew everything would not. */
async function lookAnew(trx: Transaction, events: GateEvent[]): Promise<void> {
  const people = new Map(
    events.map(({ reservation, ordinal }) => [`${reservation} ${ordinal}`, { reservation, ordinal }]),
  );
  for (const person of people.values()) {
    const alarming = (await findContradictions(trx, person)).filter(({ kind }) => kind !== 'replaced');
    if (alarming.length > 0) await callDesk(trx, person.reservation, alarming);
  }
}

/** Whoever of the desk has an address is told; the others have the page. */
async function callDesk(trx: Transaction, reservation: string, found: Contradiction[]): Promise<void> {
  const staff = await desksOf(trx, reservation);
  for (const { event, kind } of found) {
    await tellStaffOfVisit(trx, { kind: 'entry_contradicted', reservation, staff, key: `${event}/${kind}` });
  }
}

/** @returns how many of these are annulled from now on. Only the gate that told of an entry can say that it was none. */
async function annul(trx: Transaction, events: GateEvent[]): Promise<number> {
  let count = 0;
  for (const { event, gate, annulled } of events) {
    if (annulled === undefined) continue;
    count += await trx('gate_event')
      .where({ id: event, gate_id: gate, annulled_at: null })
      .update({ annulled_at: new Date(annulled) });
  }
  return count;
}

/**
 * An event is believed where its gate stands at the reservation's campus, and at a time at which it may have happened. One
 * that cannot be is put aside for an admin to see; what comes after it goes on.
 */
async function thatCanBe(trx: Transaction, told: GateEvent[]): Promise<GateEvent[]> {
  if (told.length === 0) return [];
  const gates = await trx('reservation as r')
    .join('gate as g', 'g.campus_id', 'r.campus_id')
    .whereIn(
      'r.id',
      told.map(({ reservation }) => reservation),
    )
    .select<{ reservation: string; gate: string; since: Date }[]>(
      'r.id as reservation',
      'g.id as gate',
      'r.created_at as since',
    );
  const now = Date.now();
  const believed = told.filter((event) =>
    gates.some(
      ({ reservation, gate, since }) =>
        reservation === event.reservation && gate === event.gate && isPlausible(event, { since: since.getTime(), now }),
    ),
  );
  for (const { reservation } of told.filter((event) => !believed.includes(event))) {
    await recordVisitFault(trx, { reservation, kind: 'put_aside', detail: 'gate_event' });
  }
  return believed;
}

/** Whether a gate saw anybody of a reservation come in. */
export async function someoneCame(trx: Transaction, reservation: string): Promise<boolean> {
  const came = { reservation_id: reservation, direction: 'in', annulled_at: null };
  return (await trx('gate_event').where(came).first('id')) !== undefined;
}
