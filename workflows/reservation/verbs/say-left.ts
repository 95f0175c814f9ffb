import { advance } from '../advance.ts';
import { isOverstayed } from '../visit.ts';
import type { Verb } from './verb.ts';

/** The visitor, or staff, says that everybody has left. No gate saw it, and the record says so. */
export const sayLeft: Verb<'say_left'> = {
  refuse: (visit) => (isOverstayed(visit) ? undefined : 'wrong_stage'),

  handle(visit, { actor }) {
    visit.saidLeftAt = Date.now();
    return advance(visit, {}, [{ kind: 'said_left', actor }]);
  },
};
