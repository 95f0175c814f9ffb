import type { Response } from 'express';
import { dayOf } from '../../domain/time.ts';
import type { Given, StandIn } from '../../store/staff/standing-in.ts';

/** What the page says of the people who stand in, in the reader's language. */

const lastDay = (until: Date): string => dayOf(until.getTime() - 1);

export function sayPeriod({ locals: { t, format } }: Response, { from, until }: StandIn): string {
  return until
    ? t('standing_in.days', { from: dayOf(from), until: lastDay(until) })
    : t('standing_in.since', { time: format.fullTime(from) });
}

/** What was done. @param saved `ended`, or the id of what was given; anything else says nothing */
export function saySaved({ locals: { t } }: Response, given: StandIn[], saved: string): string | undefined {
  if (saved === 'ended') return t('standing_in.saved.ended');
  const made = given.find(({ id }) => id === saved);
  return (
    made &&
    t(`standing_in.saved.${made.kind}`, { from: dayOf(made.from), until: made.until ? lastDay(made.until) : '' })
  );
}

type Refused = Exclude<Given, { ok: true } | { why: 'left' } | { why: 'auditor' }>;

export function sayRefusal(res: Response, refused: Refused): string {
  const { t } = res.locals;
  if (refused.why === 'circle') return t('standing_in.circle', { chain: refused.chain.join(' → ') });
  const { standing } = refused;
  return t('standing_in.overlaps', { name: standing.standIn.name, days: sayPeriod(res, standing) });
}
