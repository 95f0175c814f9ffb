import type { Channel } from '../../domain/reservation.ts';
import { findNameProblem, findTextProblem, normaliseLine, normaliseText } from '../../domain/text.ts';
import { minute, parseLocalDateTime, toLocalInput } from '../../domain/time.ts';
import { findWindowProblems } from '../../domain/visit-window.ts';
import type { Department, Reason } from '../../store/content.ts';
import type { Submission } from '../../store/submission.ts';
import { textsOf } from '../form-value.ts';

/** 访问信息: the part of the reservation form that speaks of the visit. */

export const visitFields = ['campus', 'department', 'host', 'reason', 'note', 'from', 'until'] as const;
/** As typed, by field name: what a refused form shows again. */
export type VisitTexts = Record<(typeof visitFields)[number], string>;

export type Visit = Pick<
  Submission,
  'channel' | 'campus' | 'department' | 'reason' | 'host' | 'note' | 'from' | 'until'
>;
export type VisitRead = { ok: true; visit: Visit } | { ok: false; fields: Record<string, string> };

/** What may be chosen today. */
export interface Choices {
  campuses: { id: string }[];
  departments: Department[];
  reasons: Reason[];
}

const longestNote = 200;

export const readVisitTexts = (body: unknown): VisitTexts => textsOf(body, visitFields);

/** The form's start: the only campus, and a visit from the next half hour for two hours. */
export function freshVisitTexts({ campuses }: Choices, now = Date.now()): VisitTexts {
  const half = 30 * minute;
  const from = Math.ceil(now / half) * half;
  const [only] = campuses.length === 1 ? campuses : [];
  const times = { from: toLocalInput(from), until: toLocalInput(from + 4 * half) };
  return { campus: only?.id ?? '', department: '', host: '', reason: '', note: '', ...times };
}

/** To correct what was not admitted. */
export function visitTextsOf(submission: Submission): VisitTexts {
  return {
    campus: submission.campus,
    department: submission.department,
    host: submission.host ?? '',
    reason: submission.reason,
    note: submission.note ?? '',
    from: toLocalInput(submission.from),
    until: toLocalInput(submission.until),
  };
}

/** The rules that need no data beyond what may be chosen; `admit` checks the rest. Keys by field name. */
export function readVisit(channel: Channel, texts: VisitTexts, choices: Choices, now = Date.now()): VisitRead {
  const department = choices.departments.find(({ id }) => id === texts.department);
  const host = channel === 'personal' ? normaliseLine(texts.host) : null;
  const note = normaliseText(texts.note);
  const noteProblem = findTextProblem(note, { max: longestNote, lines: true });
  const from = texts.from ? parseLocalDateTime(texts.from) : undefined;
  const until = texts.until ? parseLocalDateTime(texts.until) : undefined;

  const fields: Record<string, string> = {};
  if (!texts.campus) fields.campus = 'field.campus_empty';
  else if (!choices.campuses.some(({ id }) => id === texts.campus)) fields.campus = 'field.campus_closed';
  if (!texts.department) fields.department = 'field.department_empty';
  else if (!department) fields.department = 'field.department_closed';
  else if (department.campus !== texts.campus) fields.department = 'field.department_elsewhere';
  const hostProblem = host === null ? undefined : findNameProblem(host, 'host');
  if (hostProblem) fields.host = hostProblem;
  if (!texts.reason) fields.reason = 'field.reason_empty';
  else if (!choices.reasons.some(({ id }) => id === texts.reason)) fields.reason = 'field.reason_closed';
  if (noteProblem) fields.note = noteProblem === 'long' ? 'field.note_too_long' : 'field.characters';
  Object.assign(fields, findWindowProblems({ from, until }, now));
  if (texts.from && !from) fields.from = 'field.time_invalid';
  if (texts.until && !until) fields.until = 'field.time_invalid';

  if (Object.keys(fields).length > 0 || !from || !until) return { ok: false, fields };
  const { campus, reason } = texts;
  return {
    ok: true,
    visit: { channel, campus, department: texts.department, reason, host, note: note || null, from, until },
  };
}
