import type { CompiledPolicy } from '../../../domain/projection.ts';
import type { Answer } from '../../../domain/request.ts';
import type { Told } from '../../messages/reservation.ts';
import { admitInPlaceOf } from '../admission.ts';
import { advance } from '../advance.ts';
import { asksTheSame, signedBy } from '../asked-policy.ts';
import { afterSigning } from '../money.ts';
import { tell } from '../notification.ts';
import { keepPlaces } from '../places.ts';
import { openTasks, refuseClosedTask, signTask, stageOnceSigned, withdrawTasks } from '../tasks.ts';
import { policyOf, type Visit } from '../visit.ts';
import type { Verb } from './verb.ts';

/**
 * The department would rather see the visitor at another time. The task stays open until somebody answers; a newer
 * proposal takes the place of an older one. When, stands in its row.
 */
export const proposeTime: Verb<'propose_time'> = {
  refuse: refuseClosedTask,

  handle(visit, { task, request, actor }) {
    visit.proposal = { request, task };
    const answer = advance(visit, {}, [{ kind: 'proposed', actor, reference: request }]);
    tell(visit, 'proposed', { id: request, decision: request });
    return answer;
  },
};

export const answerProposal: Verb<'answer_proposal'> = {
  refuse(visit, { proposal, accept }) {
    if (!stands(visit, proposal)) return 'no_proposal';
    return accept && visit.underAdmission ? 'change_pending' : undefined;
  },

  async handle(visit, told) {
    const { proposal, actor } = told;
    if (!told.accept) {
      delete visit.proposal;
      return advance(visit, {}, [{ kind: 'proposal_refused', actor, reference: proposal }]);
    }
    const { submission } = told;
    const admission = await admitInPlaceOf(visit, submission);
    if (admission.ok === 'closed') return { ok: false, code: 'closed' };
    if (!admission.ok) {
      advance(visit, {}, [{ kind: 'not_admitted', actor, reference: submission }]);
      return { ok: false, code: 'not_admitted', fields: admission.fields };
    }
    // Decided, returned or proposed anew while it was being checked.
    if (!stands(visit, proposal)) {
      keepPlaces(visit);
      return { ok: false, code: 'no_proposal' };
    }
    const answer = accept(visit, admission.policy, told);
    keepPlaces(visit);
    return answer;
  },
};

const stands = (visit: Visit, proposal: string): boolean =>
  visit.stage === 'approval' && visit.proposal?.request === proposal;

/**
 * The proposer has signed with it. What others still have to sign stays with them, for the new time; where some have signed
 * the former one, or another time asks other people, all steps begin anew.
 */
function accept(visit: Visit, policy: CompiledPolicy, { proposal, actor }: Told<'answer_proposal'>): Answer {
  const { submission, decideBy } = policy;
  const before = policyOf(visit);
  const proposed = visit.tasks.find(({ task }) => task === visit.proposal?.task);
  delete visit.proposal;
  const anew = beginsAnew(visit, before, policy);
  visit.policy = anew && proposed ? signedBy(policy, proposed, proposal) : policy;
  if (anew) {
    withdrawTasks(visit);
    visit.round += 1;
    openTasks(visit, visit.policy);
  } else {
    visit.tasks = visit.tasks.map((known) =>
      known.submission === before.submission && known.round === visit.round
        ? { ...known, submission, decideBy }
        : known,
    );
    if (proposed) signTask(visit, proposed.task, { status: 'approved', decision: proposal });
  }
  const stage = stageOnceSigned(visit, visit.policy);
  return afterSigning(visit, stage, [{ kind: 'proposal_accepted', actor, reference: proposal }]);
}

function beginsAnew({ tasks, round }: Visit, before: CompiledPolicy, policy: CompiledPolicy): boolean {
  const signed = tasks.some((task) => task.round === round && task.status === 'approved');
  return signed || !asksTheSame(before, policy);
}
