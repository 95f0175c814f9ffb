import { advance } from '../advance.ts';
import { policyOf } from '../visit.ts';
import type { Verb } from './verb.ts';

/** 催办: the visitor reminds the approvers who have to sign. It shows in the inbox and costs no activity. */
export const nudge: Verb<'nudge'> = {
  refuse(visit) {
    if (visit.stage !== 'approval' && !visit.change) return 'wrong_stage';
    const { most, every } = (visit.change ?? policyOf(visit)).nudges;
    const tooSoon = visit.nudgedAt !== undefined && Date.now() - visit.nudgedAt < every;
    return visit.nudges >= most || tooSoon ? 'nudged_enough' : undefined;
  },

  handle(visit, { actor }) {
    const nudgedAt = Date.now();
    visit.nudges += 1;
    visit.nudgedAt = nudgedAt;
    visit.tasks = visit.tasks.map((task) =>
      task.status === 'open' ? { ...task, nudges: (task.nudges ?? 0) + 1, nudgedAt } : task,
    );
    return advance(visit, {}, [{ kind: 'nudged', actor }]);
  },
};
