import { CancellationScope } from '@temporalio/workflow';
import type { Moved } from '../../messages/activities.ts';
import type { Told } from '../../messages/reservation.ts';
import { coreWith } from '../activities.ts';
import { afterSigning } from '../money.ts';
import { moveTasks } from '../moved-tasks.ts';
import { keepPlaces } from '../places.ts';
import { stageOnceSigned, tasksOf } from '../tasks.ts';
import { isOpen, policyOf, type UnderAdmission, type Visit } from '../visit.ts';
import type { Verb } from './verb.ts';

/**
 * An admin moves a visit that waits to another version of its policy. Signatures of it that the version asks for as well stay;
 * what else it asks for opens, in time limits and rungs of its own.
 * Signers who were added stay, each at the place that the rows of the move have for them. Nothing is decided by it but what has every signature.
 */
export const movePolicy: Verb<'move_policy'> = {
  refuse(visit, { version }) {
    if (visit.change || visit.underAdmission) return 'change_pending';
    const { version: standing } = policyOf(visit);
    // What was admitted before policies had versions keeps to what it was told.
    if (standing === undefined) return 'not_its_policy';
    return standing === version ? 'same_version' : undefined;
  },

  async handle(visit, told) {
    const before = answersOf(visit);
    const moved = await compileAnew(visit, told);
    if (!isOpen(visit)) return { ok: false, code: 'closed' };
    if (!moved.ok) return { ok: false, code: moved.code };
    // Decided, sent back or passed on while it was compiled: that was another visit.
    if (visit.stage !== 'approval' || answersOf(visit) !== before) return { ok: false, code: 'answer_under_way' };
    const { remindAt: _, ...standing } = policyOf(visit);
    visit.policy = { ...standing, ...moved.policy };
    moveTasks(visit, visit.policy);
    const stage = stageOnceSigned(visit, visit.policy);
    if (stage || !isWaiting(visit, visit.proposal?.task)) delete visit.proposal;
    const happened = { kind: 'policy_moved', actor: told.actor, reference: told.request } as const;
    return afterSigning(visit, stage, [happened]);
  },
};

/** Nothing else that wants admission is looked at meanwhile. Who becomes ready or is taken out is known to the policy at once. */
async function compileAnew(visit: Visit, { request, version }: Told<'move_policy'>): Promise<Moved> {
  const { reservation } = visit.start;
  const { submission, ordinals, decideBy } = policyOf(visit);
  const meanwhile: UnderAdmission = { submission, readied: new Set(), removed: new Set(), placesToTrim: false };
  visit.underAdmission = meanwhile;
  const tasks = tasksOf(visit, submission).flatMap(({ task, step, ordinal, status, decision }) =>
    status === 'open' || status === 'approved' ? [{ task, step, ordinal, status, ...(decision && { decision }) }] : [],
  );
  const asked = { request, reservation, submission, version, ordinals, decideBy, tasks };
  const moved = await CancellationScope.nonCancellable(() =>
    coreWith('another version of the policy').movePolicy(asked),
  );
  delete visit.underAdmission;
  if (meanwhile.placesToTrim) keepPlaces(visit);
  return moved;
}

/** Whose its signatures are, and which are given. */
const answersOf = (visit: Visit): string =>
  JSON.stringify(
    tasksOf(visit, policyOf(visit).submission).map((task) => [
      task.task,
      task.status,
      task.decision ?? null,
      task.department,
      task.role ?? null,
      task.people ?? null,
    ]),
  );

const isWaiting = ({ tasks }: Visit, task: string | undefined): boolean =>
  tasks.some((known) => known.task === task && known.status === 'open');
