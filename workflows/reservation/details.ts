import { condition } from '@temporalio/workflow';
import type { CompiledPolicy } from '../../domain/projection.ts';
import type { Answer, RefusalCode } from '../../domain/request.ts';
import type { Submit } from '../messages/reservation.ts';
import { coreWith } from './activities.ts';
import { admission } from './admission.ts';
import { advance } from './advance.ts';
import { openTasks } from './approval.ts';
import { lapse } from './prepare.ts';
import { awaitsDetails, type Visit } from './visit.ts';

const mostRefusals = 20;

/** Waits for a submission that `admit` accepts; its compiled policy is what every later stage goes by. */
export async function details(visit: Visit): Promise<void> {
  while (awaitsDetails(visit)) {
    const submission = await nextSubmission(visit);
    if (!submission) return lapse(visit);
    await answer(visit, submission);
  }
}

/** Undefined when the draft's time, or that of a returned one, is over. One after another. */
async function nextSubmission(visit: Visit): Promise<Submit | undefined> {
  const left = visit.stageUntil ? Math.max(1, visit.stageUntil - Date.now()) : visit.start.durations.draftTtl;
  await condition(() => visit.submissions.length > 0, left, { summary: 'the draft lapses' });
  return visit.submissions.shift();
}

async function answer(visit: Visit, asked: Submit): Promise<void> {
  const { submission, request, actor } = asked;
  const admitted = await admission(visit, submission);
  if (admitted.ok) {
    visit.answers.set(request, admit(visit, asked, admitted.policy));
    return;
  }
  visit.refusals += 1;
  advance(visit, { stage: 'details' }, [{ kind: 'not_admitted', actor, reference: submission }]);
  visit.answers.set(request, { ok: false, code: 'not_admitted', fields: admitted.fields });
}

function admit(visit: Visit, { submission, ready, actor }: Submit, policy: CompiledPolicy): Answer {
  const { reservation } = visit.start;
  visit.ready = ready;
  visit.policy = policy;
  openTasks(visit, policy);
  visit.undo.push(() => coreWith('quota released').releaseQuota({ reservation, seq: visit.seq }));
  return advance(visit, { stage: 'approval', stageUntil: policy.decideBy }, [
    { kind: 'submitted', actor, reference: submission },
  ]);
}

export function refuseSubmission(visit: Visit): RefusalCode | undefined {
  if (!awaitsDetails(visit)) return 'wrong_stage';
  return visit.refusals < mostRefusals ? undefined : 'too_many_submissions';
}

export async function handleSubmission(visit: Visit, asked: Submit): Promise<Answer> {
  visit.submissions.push(asked);
  await condition(() => visit.answers.has(asked.request) || !awaitsDetails(visit));
  return visit.answers.get(asked.request) ?? { ok: false, code: 'wrong_stage' };
}
