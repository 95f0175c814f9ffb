import { isGateEvent } from '../../domain/gate-event.ts';
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
  if (visit.handled.has(event.event)) return;
  visit.handled.add(event.event);
  if (!isOpen(visit)) {
    beside(visit, () => coreWith('a late gate event').recordStrayEvent(event));
    return;
  }
  if (event.direction === 'in') visit.entered.add(event.ordinal);
  see(visit, event);
  const kind = event.direction === 'in' ? 'entered' : 'left';
  const happened = { kind, actor: { kind: 'gate', id: event.gate }, reference: event.event, at: event.at } as const;
  advance(visit, {}, [happened], [event]);
}

/** Gates that were away tell later what happened earlier. */
function see({ seen }: Visit, { ordinal, direction, at }: GateEvent): void {
  if (at >= (seen.get(ordinal)?.at ?? 0)) seen.set(ordinal, { inside: direction === 'in', at });
}

/** An admin sees that something was told of this visit that cannot be; the visit goes on. */
export function putAside(visit: Visit, what: PutAside): void {
  const { reservation } = visit.start;
  beside(visit, () => coreWith('put aside').putAside({ reservation, what }));
}
