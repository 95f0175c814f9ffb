import { timeRange } from '../../domain/time.ts';
import type { Submission } from '../../store/reservations/submission.ts';

/** A change beside what stands, line by line: what it was, what it would be. Only what differs. */

export interface Difference {
  /** Catalogue key of what differs. */
  what: string;
  old: string;
  new: string;
}

type Compared = Pick<Submission, 'from' | 'until' | 'people' | 'awaited'>;

/** @param plateAs how a plate is shown to the reader; left out: as it is. An empty side is ''. */
export function differencesBetween(
  base: Compared,
  wanted: Compared,
  plateAs: (plate: string) => string = (plate) => plate,
): Difference[] {
  const plateOf = ({ people }: Compared) => people.find(({ ordinal }) => ordinal === 0)?.plate ?? null;
  const shown = (plate: string | null) => (plate === null ? '' : plateAs(plate));
  const names = (of: Compared, without: Compared) =>
    members(of)
      .filter(({ ordinal }) => !members(without).some((other) => other.ordinal === ordinal))
      .map(({ name }) => name)
      .join('、');
  const all: Difference[] = [
    { what: 'change.window', old: timeRange(base.from, base.until), new: timeRange(wanted.from, wanted.until) },
    { what: 'change.removed', old: names(base, wanted), new: '' },
    { what: 'change.added', old: '', new: names(wanted, base) },
  ].filter((one) => one.old !== one.new);
  // Compared as they are: two plates may look the same once masked.
  if (plateOf(base) !== plateOf(wanted)) {
    all.push({ what: 'change.plate', old: shown(plateOf(base)), new: shown(plateOf(wanted)) });
  }
  return all;
}

const members = ({ people, awaited }: Compared): { ordinal: number; name: string }[] => [...people, ...awaited];
