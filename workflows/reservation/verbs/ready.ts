import { advance } from '../advance.ts';
import type { Verb } from './verb.ts';

/** The proof that the visitor may reserve. Proved once more, the newer one counts. */
export const ready: Verb<'ready'> = {
  refuse: (visit) => (visit.policy ? 'wrong_stage' : undefined),

  handle(visit, { ready, actor }) {
    const known = visit.ready;
    visit.ready = ready;
    if (known) return { ok: true, stage: visit.stage, seq: visit.seq };
    return advance(visit, { stage: 'details' }, [
      { kind: 'registered', actor, at: visit.startedAt },
      { kind: 'ready', actor },
    ]);
  },
};
