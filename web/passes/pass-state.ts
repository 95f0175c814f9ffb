import type { Pass } from '../../store/passes/pass.ts';

export type PassState = 'early' | 'valid' | 'over' | 'revoked';

/** What a pass is good for at this moment. A gate decides by the same dates. */
export function passStateOf(
  { from, until, revokedAt }: Pick<Pass, 'from' | 'until' | 'revokedAt'>,
  now: Date,
): PassState {
  if (revokedAt) return 'revoked';
  if (now < from) return 'early';
  return now < until ? 'valid' : 'over';
}
