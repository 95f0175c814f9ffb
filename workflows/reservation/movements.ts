import type { GateEvent } from '../../domain/projection.ts';
import { coreWith } from './activities.ts';
import { advance } from './advance.ts';
import { beside } from './beside.ts';
import { isOpen, type Visit } from './visit.ts';

/** Somebody passed a gate: a fact, whatever the reservation thinks of it. Each event counts once. */
export function handleMovement(visit: Visit, event: GateEvent): void {
  if (visit.handled.has(event.event)) return;
  visit.handled.add(event.event);
  if (!isOpen(visit)) {
    beside(visit, () => coreWith('a late gate event').recordStrayEvent(event));
    return;
  }
  if (event.direction === 'in') visit.entered.add(event.ordinal);
  const kind = event.direction === 'in' ? 'entered' : 'left';
  const happened = { kind, actor: { kind: 'gate', id: event.gate }, reference: event.event, at: event.at } as const;
  advance(visit, {}, [happened], [event]);
}
