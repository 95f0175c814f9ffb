import type { Translate } from '../../platform/i18n.ts';
import type { Accompanied } from '../../store/accompanied.ts';
import { nextStep, sayNext } from './next-step.ts';

/** What happens next for somebody who goes along: the lead's affairs are not theirs. */
export function accompaniedSentence(visit: Accompanied, leaving: boolean, t: Translate, now = Date.now()): string {
  if (leaving) return t('accompanied.leaving');
  if (visit.stage === 'approval') return t('accompanied.approval');
  if (visit.stage === 'details') return t('accompanied.details');
  const seen = visit.inside ? 'in' : visit.left ? 'out' : undefined;
  return sayNext(nextStep({ ...visit, department: '', pending: [], missing: [], seen }, now), t);
}
