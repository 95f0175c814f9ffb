import { findTextProblem } from '../../../domain/text.ts';
import { AppError } from '../../../platform/errors.ts';
import { type RefusalReason, refusalReasons } from '../../../store/content/refusal-reason.ts';
import { taskToSignFirst } from './sign-first.ts';
import { longestReason, type TaskVerb } from './verb.ts';

const verdicts = ['approved', 'rejected'] as const;
export type Verdict = (typeof verdicts)[number];
export const verdictOf = (text: string): Verdict | undefined => verdicts.find((verdict) => verdict === text);

const problems = {
  empty: 'field.refusal_reason_empty',
  long: 'field.refusal_reason_too_long',
  characters: 'field.characters',
} as const;

/**
 * A refusal needs a reason from the office's list, and words where that one says nothing by itself, or where there is no list.
 *
 * @returns catalogue keys by field
 */
export function checkDecision(
  { verdict, refusedFor, reason }: { verdict: Verdict; refusedFor: string; reason: string },
  listed: RefusalReason[],
): { refused_for?: string; reason?: string } {
  const refused = verdict === 'rejected';
  const chosen = refusedReason(verdict, refusedFor, listed);
  const required = refused && (listed.length === 0 || chosen?.needsText === true);
  const problem = findTextProblem(reason, { max: longestReason, required, lines: true });
  return {
    ...(refused && listed.length > 0 && !chosen && { refused_for: 'field.refused_for_empty' }),
    ...(problem && { reason: problems[problem] }),
  };
}

/** What was chosen with a refusal; with an approval, nothing. */
export const refusedReason = (verdict: Verdict, id: string, listed: RefusalReason[]): RefusalReason | undefined =>
  verdict === 'rejected' ? listed.find((one) => one.id === id) : undefined;

/** Approves or refuses. A refusal tells why: the visitor reads it. */
export const decide: TaskVerb<'decide', 'verdict' | 'refused_for' | 'reason'> = {
  kind: 'decide',
  path: 'decision',
  texts: ['verdict', 'refused_for', 'reason'],
  offer: async (task, { db }) => ({ reasons: await refusalReasons(db), first: await taskToSignFirst(db, task) }),
  async check(texts, _, { db }) {
    const verdict = verdictOf(texts.verdict);
    if (!verdict) throw new AppError('bad_request', { status: 400 });
    return {
      ...checkDecision({ verdict, refusedFor: texts.refused_for, reason: texts.reason }, await refusalReasons(db)),
    };
  },
  async say(texts, task, { db }) {
    const verdict = verdictOf(texts.verdict);
    if (!verdict) throw new Error('A decision that was checked has a verdict');
    const refusedFor = refusedReason(verdict, texts.refused_for, await refusalReasons(db));
    return {
      payload: { task: task.id, verdict },
      verdict,
      reason: texts.reason,
      listed: { ...(refusedFor && { refusedFor }) },
    };
  },
};
