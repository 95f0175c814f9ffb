import { patched } from '@temporalio/workflow';
import type { CompiledPolicy } from '../../domain/projection.ts';
import { advance } from './advance.ts';
import { isSame } from './asked-policy.ts';
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
  /** The wait was as long as it may be: whether nobody may sign any more. Else it is to be waited for again. */
  isAtEnd: () => boolean;
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
      if (!now || !isSame(now, policy) || limitOf(visit, now)?.at !== limit?.at) return true;
      return nextRung(visit, now) !== rung;
    },
    atMost: Math.max(1, Math.min(rung, end) - Date.now()),
    isRungDue: () => rung <= Date.now() && Date.now() < end,
    isAtEnd() {
      // A timer may fire a hair before its time.
      if (Date.now() < end && patched('no end before its time')) return false;
      if (limit?.late !== 'climb') return true;
      climb(visit, policy, limit.step);
      advance(visit, {}, [{ kind: 'step_climbed', actor: { kind: 'system', id: 'approval' } }]);
      return false;
    },
  };
}
