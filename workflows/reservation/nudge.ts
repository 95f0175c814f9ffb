import type { Answer, RefusalCode } from '../../domain/request.ts';
import type { Asked } from '../messages/reservation.ts';
import { advance } from './advance.ts';
import { policyOf, type Visit } from './visit.ts';

/** 催办: the visitor reminds whoever has to sign. It shows in the inbox and costs no activity. */
export function refuseNudge(visit: Visit): RefusalCode | undefined {
  if (visit.stage !== 'approval' && !visit.change) return 'wrong_stage';
  const { most, every } = (visit.change ?? policyOf(visit)).nudges;
  const tooSoon = visit.nudgedAt !== undefined && Date.now() - visit.nudgedAt < every;
  return visit.nudges >= most || tooSoon ? 'nudged_enough' : undefined;
}

export function handleNudge(visit: Visit, { actor }: Asked): Answer {
  const nudgedAt = Date.now();
  visit.nudges += 1;
  visit.nudgedAt = nudgedAt;
  visit.tasks = visit.tasks.map((task) =>
    task.status === 'open' ? { ...task, nudges: (task.nudges ?? 0) + 1, nudgedAt } : task,
  );
  return advance(visit, {}, [{ kind: 'nudged', actor }]);
}
