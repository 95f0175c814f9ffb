import { canBeSealedTo } from '../../../platform/sealing.ts';
import { type ContentKind, type ContentRow, type Values, waits } from '../../../store/content/content-edit.ts';
import * as field from './fields.ts';

/** The edit form of each kind: its groups of fields, and what must hold between them. */

export interface Choices {
  [name: string]: { value: string; label: string }[];
}
interface Group {
  legend: string;
  fields: field.Field[];
}
export interface Form {
  /** Part of the address, and of the sentences' keys. */
  path: string;
  groups: Group[];
  /** Asked for once, when the row is made. */
  enrolment?: Group;
  /** Both or neither. */
  together: [string, string][];
}

const place = [field.degrees('latitude'), field.degrees('longitude')];
const hours = [field.clock('opens_at'), field.clock('closes_at')];
const position = field.wholeNumber('position', { least: 0, most: 9999, required: true });
const name = field.pair('name', { required: true });

export const forms: Record<ContentKind, Form> = {
  university: {
    path: 'university',
    groups: [
      { legend: 'name', fields: [...name, field.line('account_name', { required: true, hint: true })] },
      { legend: 'logo', fields: [field.logo('logo_svg')] },
    ],
    together: [],
  },
  campus: {
    path: 'campuses',
    groups: [
      { legend: 'name', fields: [...name, ...field.pair('address', { max: 100 })] },
      {
        legend: 'receiving',
        fields: [
          ...hours,
          field.weekdays('closed_weekdays'),
          field.wholeNumber('daily_capacity', { least: 1, most: 1_000_000, hint: true }),
          field.wholeNumber('party_limit', { least: 0, most: 1000, required: true }),
          field.wholeNumber('group_limit', { least: 0, most: 200, required: true }),
          field.yesOrNo('extensions', true),
          field.yesOrNo('exits_recorded', true),
          field.since('closed_at'),
        ],
      },
      { legend: 'place', fields: [...place, field.plan('plan')] },
    ],
    together: [
      ['address_zh', 'address_en'],
      ['opens_at', 'closes_at'],
      ['latitude', 'longitude'],
    ],
  },
  gate: {
    path: 'gates',
    enrolment: {
      legend: 'enrolment',
      // A key that nothing can be sealed to would keep every pass of the campus from being made.
      fields: [field.gateId, field.publicKey('identity_key'), field.publicKey('sealing_key', canBeSealedTo)],
    },
    groups: [
      { legend: 'name', fields: [...name, ...field.pair('hint', { max: 200 })] },
      { legend: 'receiving', fields: [...hours, field.since('retired_at')] },
      { legend: 'place', fields: [...place, ...field.planPoint] },
    ],
    together: [
      ['hint_zh', 'hint_en'],
      ['opens_at', 'closes_at'],
      ['latitude', 'longitude'],
      ['plan_x', 'plan_y'],
    ],
  },
  department: {
    path: 'departments',
    groups: [
      { legend: 'name', fields: name },
      {
        legend: 'tree',
        fields: [field.choice('parent_id'), position, field.yesOrNo('receives', true), field.since('closed_at')],
      },
      { legend: 'place', fields: [...field.pair('building'), field.choice('nearest_gate'), ...field.planPoint] },
    ],
    together: [
      ['building_zh', 'building_en'],
      ['plan_x', 'plan_y'],
    ],
  },
  reason: {
    path: 'reasons',
    groups: [
      { legend: 'name', fields: name },
      {
        legend: 'offered',
        fields: [field.choice('department_id'), position, field.since('closed_at')],
      },
    ],
    together: [],
  },
  refusal_reason: {
    path: 'refusal-reasons',
    groups: [
      { legend: 'name', fields: name },
      {
        legend: 'offered',
        fields: [position, field.yesOrNo('needs_text', true), field.since('closed_at')],
      },
    ],
    together: [],
  },
  office_hours: {
    path: 'office-hours',
    groups: [
      { legend: 'office', fields: [field.clock('opens_at', true), field.clock('closes_at', true)] },
      {
        legend: 'ladder',
        fields: waits.map((name) => field.wholeNumber(name, { least: 1, most: 9999, required: true })),
      },
    ],
    together: [],
  },
};

/** Kinds whose rows have a list of their own. */
export const listed = ['department', 'reason', 'refusal_reason'] as const;
export type ListedKind = (typeof listed)[number];
export const isListed = (kind: ContentKind): kind is ListedKind => listed.some((one) => one === kind);

export function groupsOf(kind: ContentKind, isNew = false): Group[] {
  const { groups, enrolment } = forms[kind];
  return isNew && enrolment ? [enrolment, ...groups] : groups;
}
export const fieldsOf = (kind: ContentKind, isNew = false): field.Field[] =>
  groupsOf(kind, isNew).flatMap(({ fields }) => fields);

/** What the form starts with. */
export const showValues = (kind: ContentKind, values: Values): Record<string, string> =>
  Object.fromEntries(fieldsOf(kind).map((one) => [one.name, one.show(values[one.name])]));

export type FormRead = { ok: true; values: Values } | { ok: false; fields: Record<string, string> };

/** @param row what is edited. `isNew`: with what is asked for once. Problems are catalogue keys by field name. */
export function readForm(
  kind: ContentKind,
  texts: Record<string, string>,
  { choices, row, isNew }: { choices: Choices; row?: ContentRow | undefined; isNew?: boolean },
): FormRead {
  const values: Values = {};
  const fields: Record<string, string> = {};
  for (const one of fieldsOf(kind, isNew)) {
    const read = one.read(texts[one.name] ?? '', row?.values[one.name]);
    if (!read.ok) fields[one.name] = read.problem;
    else values[one.name] = read.value;
    if (
      read.ok &&
      read.value &&
      one.draw === 'choice' &&
      !choices[one.name]?.some((offer) => offer.value === read.value)
    )
      fields[one.name] = 'field.choose';
  }
  for (const [first, second] of forms[kind].together) {
    if (fields[first] || fields[second]) continue;
    if (values[first] === null && values[second] !== null) fields[first] = 'content.problem.together';
    if (values[second] === null && values[first] !== null) fields[second] = 'content.problem.together';
  }
  if (!fields.closes_at && typeof values.opens_at === 'string' && isOrderWrong(kind, values))
    fields.closes_at = 'content.problem.hours';
  return Object.keys(fields).length > 0 ? { ok: false, fields } : { ok: true, values };
}

/** A gate may be open over midnight; a campus receives within one day. */
function isOrderWrong(kind: ContentKind, { opens_at, closes_at }: Values): boolean {
  if (closes_at === null || closes_at === undefined) return false;
  return kind === 'gate' ? opens_at === closes_at : String(opens_at) >= String(closes_at);
}
