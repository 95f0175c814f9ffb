import { findOpeningProblems } from '../../domain/opening.ts';
import type { Channel } from '../../domain/reservation.ts';
import { clockTime, day, dayOf, type Instant, parseLocalDateTime, startOfDay } from '../../domain/time.ts';
import { answerNames, readAnswers } from '../../domain/visit-answers.ts';
import { findWindowProblems } from '../../domain/visit-window.ts';
import type { Wish } from '../../store/reservations/wish.ts';
import { textOf, textsOf } from '../form-value.ts';
import type { Choices, Days } from './choices.ts';

/** 访问信息: the part of the reservation form that speaks of the visit. */

const windowFields = ['from_day', 'from_time', 'until_day', 'until_time'] as const;
const visitFields = [
  ...(['campus', 'department', 'department_search', 'reason'] as const),
  ...answerNames,
  ...windowFields,
];
/** Both ends, each a day and a time of day. */
export type WindowTexts = Record<(typeof windowFields)[number], string>;
/** As typed, by field name: what a refused form shows again. */
export type VisitTexts = Record<(typeof visitFields)[number], string>;

export type Visit = Pick<Wish, 'channel' | 'campus' | 'department' | 'reason' | 'answers' | 'from' | 'until'>;
export type VisitRead = { ok: true; visit: Visit } | { ok: false; fields: Record<string, string> };

export const emptyVisitTexts = Object.fromEntries(visitFields.map((name) => [name, ''])) as VisitTexts;

/** The fields as sent. */
export const readVisitTexts = (body: unknown): VisitTexts => ({
  ...textsOf(body, visitFields),
  ...readWindowTexts(body),
});

/**
 * The four controls as sent. A machine may send `from` and `until` instead, one text each: 'YYYY-MM-DDTHH:MM[:SS]'.
 */
export function readWindowTexts(body: unknown): WindowTexts {
  const texts = textsOf(body, windowFields);
  for (const end of ['from', 'until'] as const) {
    const [exactDay = '', exactTime = ''] = textOf(body, end).split(/[T ]/);
    if (exactDay) Object.assign(texts, { [`${end}_day`]: exactDay, [`${end}_time`]: exactTime });
  }
  return texts;
}

/** The form's texts of an earlier submission: to correct one that was not admitted, to copy one that was. */
export function visitTextsOf(submission: Wish): VisitTexts {
  return {
    ...emptyVisitTexts,
    campus: submission.campus,
    department: submission.department,
    reason: submission.reason,
    ...submission.answers,
    ...windowTexts(submission),
  };
}

/** An end at midnight is 24:00 of the day that ends. */
export function windowTexts({ from, until }: { from: Instant; until: Instant }): WindowTexts {
  const lastDay = dayOf(Number(until) - 1);
  const untilTime = lastDay === dayOf(until) ? clockTime(until) : '24:00';
  return { from_day: dayOf(from), from_time: clockTime(from), until_day: lastDay, until_time: untilTime };
}

/** The rules that need no data beyond what may be chosen; `admit` checks them again, and the rest. Keys by field name. */
export function readVisit(
  channel: Channel,
  texts: VisitTexts,
  choices: Choices,
  days: Days | undefined,
  now = Date.now(),
): VisitRead {
  const { campus, reason, department: id } = texts;
  const department = choices.departments.find((one) => one.id === id);
  const { answers, problems } = readAnswers(channel, texts);

  const fields: Record<string, string> = {};
  if (!campus) fields.campus = 'field.campus_empty';
  else if (!choices.campuses.some((one) => one.id === campus)) fields.campus = 'field.campus_closed';
  if (!id) fields.department = 'field.department_empty';
  else if (!department) fields.department = 'field.department_closed';
  else if (department.campus !== campus) fields.department = 'field.department_elsewhere';
  const chosenReason = choices.reasons.find((one) => one.id === reason);
  if (!reason) fields.reason = 'field.reason_empty';
  else if (!chosenReason) fields.reason = 'field.reason_closed';
  else if (![null, id].includes(chosenReason.department)) fields.reason = 'field.reason_elsewhere';
  const window = readWindow(texts, days, now);
  Object.assign(fields, problems, window.fields);

  const { from, until } = window;
  if (Object.keys(fields).length > 0 || !from || !until) return { ok: false, fields };
  return { ok: true, visit: { channel, campus, department: id, reason, answers, from, until } };
}

function readWindow(texts: VisitTexts, days: Days | undefined, now: number) {
  const from = readInstant(texts.from_day, texts.from_time);
  const until = readInstant(texts.until_day, texts.until_time);
  const fields: Record<string, string> = findWindowProblems({ from, until }, now);
  if (from && until && days) {
    Object.assign(fields, { ...findOpeningProblems({ from, until }, days.calendar.opening), ...fields });
  }
  if (!from && texts.from_day && texts.from_time) fields.from = 'field.time_invalid';
  if (!until && texts.until_day && texts.until_time) fields.until = 'field.time_invalid';
  return { from, until, fields };
}

/** Undefined for what is no day or no time. 24:00 is the midnight after that day. */
export function readInstant(dayText: string, time: string): Date | undefined {
  if (!dayText || !time) return undefined;
  if (time !== '24:00') return parseLocalDateTime(`${dayText}T${time}`);
  return parseLocalDateTime(`${dayText}T00:00`) && new Date(startOfDay(dayText).getTime() + day);
}

/** Whether a problem of the window's beginning or end is corrected at its time, else at its day. */
export const isTimeProblem = (problem: string | undefined): boolean =>
  problem !== undefined && timeProblems.includes(problem);
const timeProblems = ['field.hours_closed', 'field.window_order', 'field.time_invalid', 'field.change_earlier'];
