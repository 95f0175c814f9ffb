import type { Response } from 'express';
import { maskDocument, maskPhone } from '../../domain/masking.ts';
import { roundTheClock } from '../../domain/opening.ts';
import type { Channel } from '../../domain/reservation.ts';
import type { Language, Translate } from '../../platform/i18n.ts';
import { lookUpPerson } from '../../store/person.ts';
import { shownParty } from '../companions/selection.ts';
import type { WebDeps } from '../deps.ts';
import { type AboutPerson, aboutPerson } from '../profile/about-person.ts';
import type { PersonTexts } from '../profile/person-form.ts';
import { whoVisits } from '../visitor/guard.ts';
import type { Choices, Days } from './choices.ts';
import { type DepartmentGroup, departmentGroups } from './department-options.ts';
import type { Earlier } from './earlier-visit.ts';
import { dayOptions, timeOptions } from './time-options.ts';
import { isTimeProblem, type VisitTexts } from './visit-form.ts';
import { visitingOf } from './visiting.ts';

export interface ShownForm {
  channel: Channel;
  choices: Choices;
  days: Days | undefined;
  person: PersonTexts;
  visit: VisitTexts;
  key: string;
  /** The party that the form names, as it was sent. */
  party: unknown;
  /** Whom the visit is for, as it was sent: empty, or a row of the own book. */
  visiting: string;
  /** The reservation that is being corrected. */
  returned?: string | undefined;
  /** Where its beginning was taken from, when nobody has typed yet. */
  filledFrom?: Earlier['kind'] | undefined;
  /** How many departments the search left. */
  found?: number;
  fields?: Record<string, string>;
  refusal?: string;
  /** What is kept of the person besides, where it was read already. */
  about?: AboutPerson;
}

/** Draws the form; problems stand at their controls, and the rest as typed. */
export async function showForm(deps: WebDeps, res: Response, form: ShownForm): Promise<void> {
  const { id } = whoVisits(res);
  const about = form.about ?? (await aboutPerson(deps, id, lookUpPerson(deps.reads, deps.cipher, id)));
  const [party, visiting] = await Promise.all([shownParty(deps, id, form.party), visitingOf(deps, id, form.visiting)]);
  const { lang, t }: { lang: Language; t: Translate } = res.locals as { lang: Language; t: Translate };
  const { choices, visit, days, channel, returned } = form;
  // Only a search that was asked for narrows the list.
  const search = form.found === undefined ? '' : visit.department_search;
  res.render('reservations/new', {
    ...{ fields: {}, refusal: undefined, found: undefined, ...form, about, party, visiting, maskPhone, maskDocument },
    departmentTree: search ? hintedTree(choices, lang, search, t) : wholeTree(choices, lang, t),
    searched: search,
    windows: (['from', 'until'] as const).map((end) => ({
      end,
      days: dayOptions(end, days, { t, lang }, Date.now()),
      times: timeOptions(end, days?.calendar.opening ?? roundTheClock, visit[`${end}_time`], { t, lang }, Date.now()),
      day: visit[`${end}_day`],
      time: visit[`${end}_time`],
      error: form.fields?.[end],
      atTime: isTimeProblem(form.fields?.[end]),
    })),
    formPath: `/reservations/new?channel=${channel}${returned ? `&returned=${returned}` : ''}${party ? `&party=${party.id}` : ''}`,
  });
}

type HintedGroups = ReturnType<typeof withHints>;
/** The whole tree as long as its rows are the same; every form shows it. */
const trees = new WeakMap<object, Map<Language, HintedGroups>>();

function wholeTree(choices: Choices, lang: Language, t: Translate): HintedGroups {
  const known = trees.get(choices.tree) ?? new Map<Language, HintedGroups>();
  trees.set(choices.tree, known);
  const tree = known.get(lang) ?? hintedTree(choices, lang, '', t);
  known.set(lang, tree);
  return tree;
}

const hintedTree = (choices: Choices, lang: Language, search: string, t: Translate): HintedGroups =>
  withHints(departmentGroups(choices, lang, search), choices, lang, t);

/** Each department with the sentence about its gate and building. */
function withHints(groups: DepartmentGroup[], { gates }: Choices, lang: Language, t: Translate) {
  return groups.map((group) => ({
    ...group,
    options: group.options.map(({ department, ...option }) => {
      const gate = gates.find(({ id, retiredAt }) => id === department.nearestGate && !retiredAt);
      const hours = gate?.hours ? t('visit.gate_hours', gate.hours) : t('visit.gate_always');
      const building = department.building?.[lang];
      const hint = [
        ...(gate ? [t('visit.nearest_gate', { gate: gate.name[lang], hours })] : []),
        ...(building ? [t('visit.building', { building })] : []),
      ].join(' ');
      return { ...option, hint };
    }),
  }));
}
