import { condition } from '@temporalio/workflow';
import type { CompiledPolicy } from '../../domain/projection.ts';
import type { Answer } from '../../domain/request.ts';
import type { Told } from '../messages/reservation.ts';
import { admission } from './admission.ts';
import { advance } from './advance.ts';
import { isTime } from './clock.ts';
import { lapse } from './prepare.ts';
import { openTasks, waitsUntil } from './tasks.ts';
import { awaitsDetails, type Visit } from './visit.ts';

/** Waits for a submission that `admit` accepts; its compiled policy is what every later stage goes by. */
export async function details(visit: Visit): Promise<void> {
  while (awaitsDetails(visit)) {
    const submission = await nextSubmission(visit);
    if (!submission) return lapse(visit);
    await answer(visit, submission);
  }
}

/** Undefined when the draft's time, or that of a returned one, is over. One after another. */
async function nextSubmission(visit: Visit): Promise<Told<'submit'> | undefined> {
  visit.draftUntil ??= visit.stageUntil ?? Date.now() + visit.start.durations.draftTtl;
  const hasCome = () => visit.submissions.length > 0;
  let came: boolean;
  do {
    const left = Math.max(1, visit.draftUntil - Date.now());
    came = await condition(hasCome, left, { summary: 'the draft lapses' });
  } while (!came && !isTime(visit.draftUntil));
  delete visit.draftUntil;
  return visit.submissions.shift();
}

async function answer(visit: Visit, asked: Told<'submit'>): Promise<void> {
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

function admit(visit: Visit, { submission, ready, actor }: Told<'submit'>, policy: CompiledPolicy): Answer {
  visit.ready = ready;
  visit.policy = policy;
  openTasks(visit, policy);
  visit.undo.push('places');
  return advance(visit, { stage: 'approval', stageUntil: waitsUntil(visit, policy) }, [
    { kind: 'submitted', actor, reference: submission },
  ]);
}
