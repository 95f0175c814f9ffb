import { factOf, isGateEvent } from '../../domain/gate-event.ts';
import type { GateEvent } from '../../domain/projection.ts';
import type { PutAside } from '../messages/activities.ts';
import { coreWith } from './activities.ts';
import { advance } from './advance.ts';
import { beside } from './beside.ts';
import { isOpen, type Visit } from './visit.ts';

/**
 * Somebody passed a gate: a fact, also where the reservation did not expect it. Each event counts once. What cannot be one is put
 * aside, and holds up nothing; whether its gate stands at the campus, and its time can be, is asked where rows are written.
 */
export function handleMovement(visit: Visit, event: unknown): void {
  if (!isGateEvent(event) || event.reservation !== visit.start.reservation) {
    putAside(visit, 'gate_event');
    return;
  }
  if (visit.handled.has(factOf(event))) return;
  visit.handled.add(factOf(event)).add(event.event);
  if (!isOpen(visit)) {
    beside(visit, () => coreWith('a late gate event').recordStrayEvent(event));
    return;
  }
  if (event.annulled !== undefined) visit.entries.delete(event.event);
  else if (event.direction === 'in') visit.entries.set(event.event, event.ordinal);
  see(visit, event);
  const actor = { kind: 'gate', id: event.gate } as const;
  const happened = { kind: kindOf(event), actor, reference: event.event, at: event.annulled ?? event.at };
  advance(visit, {}, [happened], [event]);
}

function kindOf({ annulled, direction }: GateEvent): 'annulled' | 'entered' | 'left' {
  if (annulled !== undefined) return 'annulled';
  return direction === 'in' ? 'entered' : 'left';
}

/** Gates that were away tell later what happened earlier. Who is said not to have passed is where they were. */
function see({ seen }: Visit, { ordinal, direction, at, annulled }: GateEvent): void {
  const inside = (direction === 'in') === (annulled === undefined);
  if (at >= (seen.get(ordinal)?.at ?? 0)) seen.set(ordinal, { inside, at });
}

/** An admin sees that something was told of this visit that cannot be; the visit goes on. */
export function putAside(visit: Visit, what: PutAside): void {
  const { reservation } = visit.start;
  beside(visit, () => coreWith('put aside').putAside({ reservation, what }));
}
