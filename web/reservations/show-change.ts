import type { Response } from 'express';
import { maskPhone } from '../../domain/masking.ts';
import { dayOf, daysOf } from '../../domain/time.ts';
import type { Submission } from '../../store/reservations/submission.ts';
import { type ChangeKind, type ChangeTexts, hasBegun } from './change-form.ts';
import type { Joining } from './change-party.ts';
import type { Days } from './choices.ts';
import type { Submitted } from './own.ts';
import { windowControls } from './window-controls.ts';

export interface ShownChange {
  kind: ChangeKind;
  reservation: Submitted;
  standing: Submission;
  days: Days | undefined;
  joining: Joining | undefined;
  texts: ChangeTexts;
  key: string;
  fields?: Record<string, string>;
  refusal?: string;
}

/** Draws the form of a change; problems stand at their controls, and the rest as typed. */
export function renderChange(res: Response, form: ShownChange): void {
  const { kind, reservation, standing, days, joining, texts } = form;
  const { lang, t } = res.locals;
  const begun = kind === 'extension' || hasBegun(standing, Date.now());
  const fields = atItsControls(form.fields ?? {}, begun);
  const path = `/reservations/${reservation.id}/${kind === 'change' ? 'changes' : 'extension'}`;
  res.locals.path = path;
  res.render('reservations/change', {
    refusal: elsewhere(fields),
    ...form,

    fields,
    begun,
    maskPhone,
    formPath: joining ? `${path}?party=${joining.party.id}` : path,
    windows: windowControls(begun ? ['until'] : ['from', 'until'], {
      days,
      texts,
      fields,
      reader: { t, lang },
      held: daysOf(standing.from, standing.until),
      ...(kind === 'extension' && { earliest: dayOf(standing.until.getTime() - 1) }),
    }),
    companions: [...standing.people.filter(({ ordinal }) => ordinal > 0), ...standing.awaited],
    party: joining && { id: joining.party.id, companions: joining.companions },
  });
}

/** Where the beginning has no controls, its problem is shown at the end's. */
function atItsControls({ from, ...others }: Record<string, string>, begun: boolean): Record<string, string> {
  if (!from) return others;
  return begun ? { until: from, ...others } : { from, ...others };
}

const shown = ['from', 'until', 'plate', 'remove', 'companions'];

/** Problems that a change cannot mend, a department that closed for example, are shown above the form. */
function elsewhere(fields: Record<string, string>): string | undefined {
  const field = Object.keys(fields).find((name) => !shown.includes(name));
  return field && fields[field];
}
