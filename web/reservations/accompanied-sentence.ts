import { fullTime } from '../../domain/time.ts';
import type { Translate } from '../../platform/i18n.ts';
import type { Accompanied } from '../../store/reservations/accompanied.ts';
import { nextStep, sayNext } from './next-step.ts';

/**
 * What happens next for somebody who goes along, who has to act and until when: the lead's affairs are not theirs.
 * `department` is its name in the reader's language.
 */
export function accompaniedSentence(visit: Accompanied, department: string, t: Translate, now = Date.now()): string {
  const { stage, outcome, stageUntil, from, leaving, behind } = visit;
  if (behind && outcome) return t(`behind.${outcome}`);
  if (leaving) return t('accompanied.leaving');
  if (stage === 'approval') return t('accompanied.approval', { department, time: fullTime(stageUntil ?? from) });
  if (stage === 'details' && !outcome) {
    if (stageUntil === null) return t('accompanied.details');
    return t('accompanied.details_until', { time: fullTime(stageUntil) });
  }
  const seen = visit.inside ? 'in' : visit.left ? 'out' : undefined;
  return sayNext(nextStep({ ...visit, behind: null, department, pending: [], missing: [], seen }, now), t);
}
