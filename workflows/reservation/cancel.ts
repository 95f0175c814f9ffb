import type { Answer, RefusalCode } from '../../domain/request.ts';
import type { Asked } from '../messages/reservation.ts';
import { close } from './advance.ts';
import { isDraft, type Visit } from './visit.ts';

/** The visitor takes the reservation back, as long as nobody has entered. */
export function refuseCancel(visit: Visit): RefusalCode | undefined {
  if (visit.entered.size > 0) return 'already_inside';
  return isDraft(visit) || visit.over ? 'wrong_stage' : undefined;
}

/** From the answer on the reservation is closed; what was done is undone behind it (closed.ts). */
export function handleCancel(visit: Visit, { actor }: Asked): Answer {
  close(visit, 'cancelled', [{ kind: 'cancelled', actor }]);
  return { ok: true, stage: visit.stage, seq: visit.seq };
}
