import { findTextProblem } from '../../../domain/text.ts';
import { marksNamed } from './marks.ts';
import { longestReason, type TaskVerb } from './verb.ts';

const problems = {
  empty: 'field.return_reason_empty',
  long: 'field.return_reason_too_long',
  characters: 'field.characters',
} as const;

const marks = marksNamed('mark');

/** 退回修改: the visitor corrects the request and submits it again; what to correct is said with it, and marked in the form. */
export const sendBack: TaskVerb<'return', 'return_reason' | (typeof marks.names)[number]> = {
  kind: 'return',
  path: 'return',
  texts: ['return_reason', ...marks.names],
  offer(task) {
    if (task.change) return undefined;
    return { marks: marks.boxes(task.channel) };
  },
  check({ return_reason }) {
    const problem = findTextProblem(return_reason, { max: longestReason, required: true, lines: true });
    return problem ? { return_reason: problems[problem] } : {};
  },
  say: (texts, task) => ({
    payload: { task: task.id },
    reason: texts.return_reason,
    listed: marks.read(texts, task.channel),
  }),
};
