import type { CompiledPolicy } from '../../domain/projection.ts';
import { coreWith } from './activities.ts';
import { beside } from './beside.ts';
import { awaitsDetails, isOpen, type Visit } from './visit.ts';

/**
 * Gives back the places that nobody needs any more: the standing visit keeps its own, and so does a change that waits.
 * While admission is taking some, that answers first.
 *
 * @param admitted has its places by now, and does not stand anywhere yet
 */
export function keepPlaces(visit: Visit, admitted?: CompiledPolicy): void {
  if (!isOpen(visit)) return;
  if (visit.underAdmission) {
    visit.underAdmission.placesToTrim = true;
    return;
  }
  const { reservation } = visit.start;
  const { seq, policy, change } = visit;
  const current = awaitsDetails(visit) ? [] : [policy, change];
  const holds = [...current, admitted].filter((held) => held !== undefined).map(placesOf);
  beside(visit, () => coreWith('places given back').keepPlaces({ reservation, seq, holds }));
}

const placesOf = ({ campus, from, until, ordinals }: CompiledPolicy) => ({
  campus,
  from,
  until,
  persons: ordinals.length,
});
