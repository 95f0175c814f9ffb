import type { Response } from 'express';
import { vehicleKinds, yuan } from '../../domain/fee.ts';
import { readMarks } from '../../domain/marked-field.ts';
import { maskDocument, maskPhone } from '../../domain/masking.ts';
import { clockOf, roundTheClock } from '../../domain/opening.ts';
import type { Channel } from '../../domain/reservation.ts';
import type { Language, Translate } from '../../platform/i18n.ts';
import type { Invited } from '../../store/api/invitation.ts';
import { lastMarks } from '../../store/approval/returned.ts';
import { shownFees } from '../../store/payments/fee.ts';
import { lookUpPerson } from '../../store/people/person.ts';
import type { Option } from '../attributes.ts';
import { shownParty } from '../companions/selection.ts';
import type { WebDeps } from '../deps.ts';
import { gateSentence, suggestedGate } from '../guides/getting-here.ts';
import { isUuid } from '../is-uuid.ts';
import { type AboutPerson, aboutPerson } from '../profile/about-person.ts';
import type { PersonTexts } from '../profile/person-form.ts';
import { whoVisits } from '../visitor/guard.ts';
import { answerControls } from './answer-controls.ts';
import type { Choices, Days } from './choices.ts';
import { type DepartmentGroup, departmentGroups } from './department-options.ts';
import type { Earlier } from './earlier-visit.ts';
import type { VisitTexts } from './visit-form.ts';
import { visitingOf } from './visiting.ts';
import { windowControls } from './window-controls.ts';

export interface ShownForm {
  channel: Channel;
  choices: Choices;
  days: Days | undefined;
  person: PersonTexts;
  visit: VisitTexts;
  key: string;
  /** The party that the form names, as it was sent. */
  party: unknown;
  /** The person who visits, as it was sent: empty for the visitor, or a row of their book. */
  visiting: string;
  /** The reservation that is being corrected. */
  returned?: string | undefined;
  /** Where its beginning was taken from, when nobody has typed yet. */
  filledFrom?: Earlier['kind'] | undefined;
  /** How many departments the search left. */
  found?: number;
  fields?: Record<string, string>;
  refusal?: string;
  /** The invitation that it answers. */
  invited?: Invited | undefined;
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
  const marked = readMarks(channel, returned ? await lastMarks(deps.db, returned) : null);
  const marks = Object.fromEntries(marked.map((field) => [field, t('marked.sentence')]));
  // The person it named is not in the book any more: without a word the next press would leave them out.
  const fields = { ...(form.party && !party ? { companions: 'field.party_lapsed' } : {}), ...form.fields };
  const { tree, reasons, campuses } = listsOf(choices, lang, t);
  // Only a search that was asked for narrows the list.
  const search = form.found === undefined ? '' : visit.department_search;
  res.render('reservations/new', {
    refusal: undefined,
    found: undefined,
    invited: undefined,
    ...form,
    fields,
    about,
    party,
    visiting,
    maskPhone,
    maskDocument,

    campuses,
    reasons,
    departmentTree: search ? hintedTree(choices, lang, search, t) : tree,
    searched: search,
    marks,
    answers: answerControls(channel, { texts: visit, fields, marks }, t),
    windows: windowControls(['from', 'until'], { days, texts: visit, fields, reader: { t, lang } }),
    hours: days && visitingHours(days),
    fees: await feeLines(deps, visit.campus, channel, t),
    formPath: `/reservations/new?channel=${channel}${returned ? `&returned=${returned}` : ''}${party ? `&party=${party.id}` : ''}${form.invited ? `&invitation=${form.invited.id}` : ''}`,
  });
}

/** What coming by car costs at this campus, by kind of plate; undefined: nothing. */
async function feeLines(
  { db }: WebDeps,
  campus: string,
  channel: Channel,
  t: Translate,
): Promise<string[] | undefined> {
  const fees = isUuid(campus) ? await shownFees(db, campus) : undefined;
  if (!fees || vehicleKinds.every((kind) => fees.table.amounts[channel][kind] === 0)) return undefined;
  const { per, amounts } = fees.table;
  return vehicleKinds.map((kind) => {
    const amount = amounts[channel][kind];
    const price = amount === 0 ? t('payment.free') : `¥${yuan(amount)}${t(`payment.per_${per}`)}`;
    return t('payment.costs_line', { kind: t(`payment.kind.${kind}`), price });
  });
}

/** HH:MM; undefined: round the clock. */
function visitingHours({ calendar: { opening } }: Days): { opens: string; closes: string } | undefined {
  const { opens, closes } = opening;
  return opens === roundTheClock.opens && closes === roundTheClock.closes
    ? undefined
    : { opens: clockOf(opens), closes: clockOf(closes) };
}

interface Lists {
  tree: ReturnType<typeof withHints>;
  reasons: ReturnType<typeof reasonOptions>;
  campuses: Option[];
}
/** What every form shows, as long as the rows are the same. */
const lists = new WeakMap<Choices, Map<Language, Lists>>();

function listsOf(choices: Choices, lang: Language, t: Translate): Lists {
  const known = lists.get(choices) ?? new Map<Language, Lists>();
  lists.set(choices, known);
  const found = known.get(lang) ?? {
    tree: hintedTree(choices, lang, '', t),
    reasons: reasonOptions(choices, lang),
    campuses: choices.campuses.map(({ id, name }) => ({ value: id, label: name[lang] })),
  };
  known.set(lang, found);
  return found;
}

/** What is offered everywhere, and what single departments offer. */
function reasonOptions({ reasons, departments }: Choices, lang: Language) {
  const of = (department: string | null): Option[] =>
    reasons.filter((one) => one.department === department).map(({ id, name }) => ({ value: id, label: name[lang] }));
  const own = departments.map(({ id, name }) => ({ department: id, label: name[lang], options: of(id) }));
  return { everywhere: of(null), own: own.filter(({ options }) => options.length > 0) };
}

const hintedTree = (choices: Choices, lang: Language, search: string, t: Translate) =>
  withHints(departmentGroups(choices, lang, search), choices, lang, t);

/** Each department with the sentence about its gate and building. */
function withHints(groups: DepartmentGroup[], { gates }: Choices, lang: Language, t: Translate) {
  return groups.map((group) => ({
    ...group,
    options: group.options.map(({ department, words, ...option }) => {
      const inService = gates.filter(({ campus, retiredAt }) => campus === department.campus && !retiredAt);
      // The same as on the pass: where the department names none, the nearest on the plan.
      const gate = suggestedGate(inService, department);
      const building = department.building?.[lang];
      const hint = [
        ...(gate ? [gateSentence(gate, lang, t)] : []),
        ...(building ? [t('visit.building', { building })] : []),
      ].join(lang === 'en' ? ' ' : '');
      const campus = group.label ? undefined : group.campus;
      return { ...option, hint, more: { 'data-words': words, 'data-hint': hint, 'data-campus': campus } };
    }),
  }));
}
