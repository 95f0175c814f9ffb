import type { Pass } from '../../store/passes/pass.ts';

export type Standing = 'early' | 'valid' | 'over' | 'revoked';

/** How a pass stands at this moment; a gate decides by the same dates. */
export function standingOf(
  { from, until, revokedAt }: Pick<Pass, 'from' | 'until' | 'revokedAt'>,
  now: Date,
): Standing {
  if (revokedAt) return 'revoked';
  if (now < from) return 'early';
  return now < until ? 'valid' : 'over';
}
