import { protects, type RefusalCode } from '../../domain/request.ts';
import { usualRenewal } from '../messages/carried.ts';
import type { UpdateKind } from '../messages/reservation.ts';
import type { Visit } from './visit.ts';

/** Of the Updates that an execution takes, those from here on are for what protects. */
const runsFull = 2;

/**
 * A run that cannot give way to the next one – passes cannot be written, a wish is still being checked – keeps room for
 * what protects: cancelling, deciding, taking back. Validators run once: a replay never asks this again.
 */
export function refuseForHeadRoom({ start, heard }: Visit, kind: UpdateKind): RefusalCode | undefined {
  const { updates } = start.renewAfter ?? usualRenewal;
  return heard.updates >= updates * runsFull && !protects(kind) ? 'busy' : undefined;
}
