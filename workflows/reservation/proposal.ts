import type { Answer, RefusalCode, RequestPayloads } from '../../domain/request.ts';
import type { Asked } from '../messages/reservation.ts';
import { admitInPlaceOf } from './admission.ts';
import { advance } from './advance.ts';
import { isSigned, signTask } from './approval.ts';
import { tell } from './notification.ts';
import { keepPlaces } from './places.ts';
import { policyOf, type Visit } from './visit.ts';

/** The department would rather see the visitor at another time. The task stays open until somebody answers. */

type Proposed = Asked & RequestPayloads['propose_time'];
type Answered = Asked & RequestPayloads['answer_proposal'];

/** A newer proposal takes the place of an older one. When, stands in its row. */
export function handleProposal(visit: Visit, { task, request, actor }: Proposed): Answer {
  visit.proposal = { request, task };
  const answer = advance(visit, {}, [{ kind: 'proposed', actor, reference: request }]);
  tell(visit, 'proposed', { id: request, decision: request });
  return answer;
}

export function refuseAnswer(visit: Visit, { proposal, accept }: Answered): RefusalCode | undefined {
  if (!stands(visit, proposal)) return 'no_proposal';
  return accept && visit.asking ? 'change_pending' : undefined;
}

const stands = (visit: Visit, proposal: string): boolean =>
  visit.stage === 'approval' && visit.proposal?.request === proposal;

export async function handleAnswer(visit: Visit, asked: Answered): Promise<Answer> {
  const { proposal, actor } = asked;
  if (!asked.accept) {
    delete visit.proposal;
    return advance(visit, {}, [{ kind: 'proposal_refused', actor, reference: proposal }]);
  }
  const { submission } = asked;
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
  const answer = accept(visit, admission.policy, asked);
  keepPlaces(visit);
  return answer;
}

/** Whoever proposed has signed with it; what others still have to sign stays with them, for the new time. */
function accept(visit: Visit, policy: ReturnType<typeof policyOf>, { proposal, actor }: Answered): Answer {
  const { submission, decideBy } = policy;
  const before = policyOf(visit).submission;
  const task = visit.proposal?.task;
  delete visit.proposal;
  visit.policy = policy;
  visit.tasks = visit.tasks.map((known) =>
    known.submission === before && known.round === visit.round ? { ...known, submission, decideBy } : known,
  );
  if (task) signTask(visit, task, { status: 'approved', decision: proposal });
  const granted = isSigned(visit, submission);
  return advance(visit, granted ? { stage: 'pass' } : { stageUntil: decideBy }, [
    { kind: 'proposal_accepted', actor, reference: proposal },
  ]);
}
