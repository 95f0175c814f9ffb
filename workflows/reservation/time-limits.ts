import type { CompiledPolicy } from '../../domain/projection.ts';
import { advance } from './advance.ts';
import { climb, limitOf } from './tasks.ts';
import type { Visit } from './visit.ts';

/** One wait for a decision, for `condition`. Who waits awaits it by themselves: histories know the order in which they go on. */
interface Wait {
  /** It does not wait any more, waits for something else, or has another time. */
  isOver: () => boolean;
  /** Milliseconds. */
  atMost: number;
  /** At the end of that time: whether others may sign as well, so that it waits on. */
  goesOn: () => boolean;
}

/**
 * Waits for the decision on a policy, no longer than its time. A step may have less.
 *
 * @param waiting the policy as it stands, undefined once it does not wait any more
 */
export function waitFor(visit: Visit, policy: CompiledPolicy, waiting: () => CompiledPolicy | undefined): Wait {
  const limit = limitOf(visit, policy);
  return {
    isOver() {
      const now = waiting();
      return now?.submission !== policy.submission || limitOf(visit, now)?.at !== limit?.at;
    },
    atMost: Math.max(1, (limit?.at ?? policy.decideBy) - Date.now()),
    goesOn() {
      if (limit?.late !== 'climb') return false;
      climb(visit, policy, limit.step);
      advance(visit, {}, [{ kind: 'step_climbed', actor: { kind: 'system', id: 'approval' } }]);
      return true;
    },
  };
}
