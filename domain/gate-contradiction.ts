import { againWithin } from './feed.ts';
import type { Direction } from './reservation.ts';

/**
 * What gates could not know while they were apart: entries that a gate which knew everything would have refused, or shown to its guard. Looked
 * for whenever something is recorded, since what was told late may lie before what was told already.
 */
export const contradictionKinds = [
  /** The pass had been taken back by then, and none stood in its place. */
  'revoked',
  /** A newer version had taken its place by then. */
  'replaced',
  /** The same pass went in at two gates, and nobody saw it leave between. */
  'entered_twice',
] as const;
export type ContradictionKind = (typeof contradictionKinds)[number];

/** What a gate saw of one person; what was annulled is left out. */
export interface SeenMovement {
  event: string;
  gate: string;
  direction: Direction;
  /** Epoch milliseconds, by that gate's clock. */
  at: number;
  /** The version of the pass that opened; undefined from a gate of before. */
  version?: number | undefined;
  /** The time step that opened, where no document was shown beside it. */
  step?: number | undefined;
}

/** A version of the person's pass; instants are epoch milliseconds. */
export interface MadeVersion {
  version: number;
  issuedAt: number;
  revokedAt?: number | undefined;
}

export interface Contradiction {
  event: string;
  kind: ContradictionKind;
  /** Since when the pass was worthless, or when it went in before. */
  since: number;
  /** The other entry. */
  other?: string;
}

/** @param exitsRecorded whether gates of the campus see who leaves */
export function contradictionsOf(
  seen: readonly SeenMovement[],
  versions: readonly MadeVersion[],
  { exitsRecorded }: { exitsRecorded: boolean },
): Contradiction[] {
  const inOrder = seen.toSorted((a, b) => a.at - b.at);
  return inOrder.flatMap((movement, n) => {
    if (movement.direction !== 'in') return [];
    const worthless = worthlessSince(movement, versions);
    const twice = enteredBefore(movement, inOrder.slice(0, n), exitsRecorded);
    return [
      ...(worthless ? [{ event: movement.event, ...worthless }] : []),
      ...(twice
        ? [{ event: movement.event, kind: 'entered_twice' as const, since: twice.at, other: twice.event }]
        : []),
    ];
  });
}

function worthlessSince({ version, at }: SeenMovement, versions: readonly MadeVersion[]) {
  const own = versions.find((made) => made.version === version);
  if (own?.revokedAt === undefined || own.revokedAt > at) return undefined;
  const stands = versions.some(
    ({ version: other, issuedAt, revokedAt = Number.POSITIVE_INFINITY }) =>
      other > own.version && issuedAt <= at && revokedAt > at,
  );
  return { kind: stands ? ('replaced' as const) : ('revoked' as const), since: own.revokedAt };
}

/** A document tells people apart: who showed one may come again. */
function enteredBefore(
  { step, gate, at }: SeenMovement,
  before: readonly SeenMovement[],
  exitsRecorded: boolean,
): SeenMovement | undefined {
  if (step === undefined) return undefined;
  const sameStep = before.findLast(
    (other) => other.direction === 'in' && other.gate !== gate && (other.step ?? Number.NEGATIVE_INFINITY) >= step,
  );
  const last = before.at(-1);
  if (sameStep || last?.direction !== 'in' || last.gate === gate) return sameStep;
  return exitsRecorded || at - last.at <= againWithin ? last : undefined;
}
