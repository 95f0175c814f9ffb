import { type MarkedField, markableIn, markLabel } from '../../../domain/marked-field.ts';
import { findTextProblem } from '../../../domain/text.ts';
import type { Task } from '../../../store/approval/task.ts';
import { longestReason, type TaskVerb } from './verb.ts';

const problems = {
  empty: 'field.return_reason_empty',
  long: 'field.return_reason_too_long',
  characters: 'field.characters',
} as const;

type Mark = `mark_${MarkedField}`;
const markOf = (field: MarkedField): Mark => `mark_${field}`;
const everyMark = [...new Set([...markableIn('personal'), ...markableIn('official')])].map(markOf);

/** 退回修改: the visitor corrects the request and submits it again; what to correct is said with it, and marked in the form. */
export const sendBack: TaskVerb<'return', 'return_reason' | Mark> = {
  kind: 'return',
  path: 'return',
  texts: ['return_reason', ...everyMark],
  offer(task) {
    if (task.change) return undefined;
    return { marks: markableIn(task.channel).map((field) => ({ name: markOf(field), label: markLabel(field) })) };
  },
  check({ return_reason }) {
    const problem = findTextProblem(return_reason, { max: longestReason, required: true, lines: true });
    return problem ? { return_reason: problems[problem] } : {};
  },
  say: (texts, task) => ({ payload: { task: task.id }, reason: texts.return_reason, listed: marked(texts, task) }),
};

function marked(texts: Partial<Record<Mark, string>>, { channel }: Task) {
  const fields = markableIn(channel).filter((field) => texts[markOf(field)]);
  return fields.length > 0 ? { marked: fields } : {};
}
