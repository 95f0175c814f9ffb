import { close } from '../advance.ts';
import { hasEntered, isDraft } from '../visit.ts';
import type { Verb } from './verb.ts';

/** The visitor takes the reservation back, as long as nobody has entered. */
export const cancel: Verb<'cancel'> = {
  refuse(visit) {
    if (hasEntered(visit)) return 'already_inside';
    return isDraft(visit) || visit.over ? 'wrong_stage' : undefined;
  },

  /** From the answer on the reservation is closed; what was done is undone behind it (closed.ts). */
  handle(visit, { actor }) {
    close(visit, 'cancelled', [{ kind: 'cancelled', actor }]);
    return { ok: true, stage: visit.stage, seq: visit.seq };
  },
};
