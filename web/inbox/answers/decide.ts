import { findTextProblem } from '../../../domain/text.ts';
import { AppError } from '../../../platform/errors.ts';
import { longestReason, type TaskVerb } from './verb.ts';

const verdicts = ['approved', 'rejected'] as const;
export type Verdict = (typeof verdicts)[number];
export const verdictOf = (text: string): Verdict | undefined => verdicts.find((verdict) => verdict === text);

const problems = {
  empty: 'field.refusal_reason_empty',
  long: 'field.refusal_reason_too_long',
  characters: 'field.characters',
} as const;

/** A refusal needs a reason. @returns catalogue keys by field */
export function checkDecision({ verdict, reason }: { verdict: Verdict; reason: string }): { reason?: string } {
  const problem = findTextProblem(reason, { max: longestReason, required: verdict === 'rejected', lines: true });
  return problem ? { reason: problems[problem] } : {};
}

/** Approves or refuses. A refusal tells why: the visitor reads it. */
export const decide: TaskVerb<'decide', 'verdict' | 'reason'> = {
  kind: 'decide',
  path: 'decision',
  texts: ['verdict', 'reason'],
  offer: () => ({}),
  check(texts) {
    const verdict = verdictOf(texts.verdict);
    if (!verdict) throw new AppError('bad_request', { status: 400 });
    return { ...checkDecision({ verdict, reason: texts.reason }) };
  },
  say(texts, task) {
    const verdict = verdictOf(texts.verdict);
    if (!verdict) throw new Error('A decision that was checked has a verdict');
    return { payload: { task: task.id, verdict }, verdict, reason: texts.reason };
  },
};
