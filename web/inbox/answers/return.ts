import { findTextProblem } from '../../../domain/text.ts';
import { longestReason, type TaskVerb } from './verb.ts';

const problems = {
  empty: 'field.return_reason_empty',
  long: 'field.return_reason_too_long',
  characters: 'field.characters',
} as const;

/** 退回修改: the visitor corrects the request and submits it again; what to correct is said with it. */
export const sendBack: TaskVerb<'return', 'return_reason'> = {
  kind: 'return',
  path: 'return',
  texts: ['return_reason'],
  offer: (task) => (task.change ? undefined : {}),
  check({ return_reason }) {
    const problem = findTextProblem(return_reason, { max: longestReason, required: true, lines: true });
    return problem ? { return_reason: problems[problem] } : {};
  },
  say: ({ return_reason }, task) => ({ payload: { task: task.id }, reason: return_reason }),
};
