import { findTextProblem } from '../../../domain/text.ts';
import { earlierSteps, keepReturn } from '../../../store/approval/returning.ts';
import { marksNamed } from './marks.ts';
import { longestReason, type TaskVerb } from './verb.ts';

const marks = marksNamed('step_mark');
const names = ['return_step', 'step_reason', ...marks.names] as const;

const problems = {
  empty: 'field.step_reason_empty',
  long: 'field.refusal_reason_too_long',
  characters: 'field.characters',
} as const;

/** 退回上一步: a step before this one decides once more, the nearest unless another one is chosen; what to look at is marked. */
export const returnToStep: TaskVerb<'return_to_step', (typeof names)[number]> = {
  kind: 'return_to_step',
  path: 'step-return',
  texts: names,
  async offer({ id, channel }, { db }) {
    const [nearest, ...others] = await earlierSteps(db, id);
    if (!nearest) return undefined;
    return {
      steps: [nearest, ...others],
      marks: marks.boxes(channel),
      typed: { return_step: String(nearest.step) },
    };
  },
  async check({ return_step, step_reason }, { id }, { db }) {
    const known = (await earlierSteps(db, id)).some(({ step }) => String(step) === return_step);
    const problem = findTextProblem(step_reason, { max: longestReason, required: true, lines: true });
    return { ...(!known && { return_step: 'field.choose' }), ...(problem && { step_reason: problems[problem] }) };
  },
  say({ return_step, step_reason, ...ticked }, task) {
    const step = Number(return_step);
    return {
      payload: { task: task.id, step },
      reason: step_reason,
      listed: marks.read(ticked, task.channel),
      write: (trx, request) => keepReturn(trx, { request, task: task.id, step }),
    };
  },
};
