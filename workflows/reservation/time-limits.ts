import type { CompiledPolicy } from '../../domain/projection.ts';
import { advance } from './advance.ts';
import { nextRung } from './ladder.ts';
import { climb, limitOf } from './tasks.ts';
import type { Visit } from './visit.ts';

/**
 * One wait for a decision, for `condition`; one timer for whatever comes first, a rung of the ladder or the end.
 * Who waits awaits it by themselves: histories know the order in which they go on.
 */
interface Wait {
  /** It does not wait any more, waits for something else, or has another time. */
  isOver: () => boolean;
  /** Milliseconds. */
  atMost: number;
  /** Its tasks climb the ladder before anything else is waited for. */
  isRungDue: () => boolean;
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
  const end = limit?.at ?? policy.decideBy;
  const rung = nextRung(visit, policy);
  return {
    isOver() {
      const now = waiting();
      if (now?.submission !== policy.submission || limitOf(visit, now)?.at !== limit?.at) return true;
      return nextRung(visit, now) !== rung;
    },
    atMost: Math.max(1, Math.min(rung, end) - Date.now()),
    isRungDue: () => rung <= Date.now() && Date.now() < end,
    goesOn() {
      if (limit?.late !== 'climb') return false;
      climb(visit, policy, limit.step);
      advance(visit, {}, [{ kind: 'step_climbed', actor: { kind: 'system', id: 'approval' } }]);
      return true;
    },
  };
}
