import { checkPlate } from '../../domain/plate.ts';
import { day, dayOf, hour, type Instant, minute, startOfDay } from '../../domain/time.ts';
import { findWindowProblems, isExtension } from '../../domain/visit-window.ts';
import type { Submission } from '../../store/reservations/submission.ts';
import { allTextsOf, textOf } from '../form-value.ts';
import type { Days } from './choices.ts';
import { readInstant, readWindowTexts, type WindowTexts, windowTexts } from './visit-form.ts';

/** 变更预约: window, plate, who no longer comes along and who does now; 延长: only a later end. */

export interface ChangeTexts extends WindowTexts {
  plate: string;
  /** Ordinals, as sent. */
  remove: string[];
}

export type ChangeKind = 'change' | 'extension';
export type ChangeRead =
  | { ok: true; wanted: Pick<Submission, 'from' | 'until' | 'people' | 'awaited'> }
  | { ok: false; fields: Record<string, string> };

export const changeKindOf = (text: string): ChangeKind => (text === 'extension' ? 'extension' : 'change');

/** As sent, or as kept while the book was open: ordinals one by one, or in one text. */
export const readChangeTexts = (body: unknown): ChangeTexts => ({
  ...readWindowTexts(body),
  plate: textOf(body, 'plate'),
  remove: allTextsOf(body, 'remove').flatMap((ordinals) => ordinals.split(' ').filter(Boolean)),
});

/** What stands; an extension begins with an hour more, or with what is left of the day. */
export function changeTexts(kind: ChangeKind, standing: Submission, days: Days | undefined): ChangeTexts {
  return {
    ...windowTexts({ from: standing.from, until: kind === 'extension' ? laterEnd(standing, days) : standing.until }),
    plate: leadOf(standing)?.plate ?? '',
    remove: [],
  };
}

function laterEnd({ until }: Submission, days: Days | undefined): number {
  // Whoever stayed on after the end stays from now on.
  const end = Math.max(until.getTime(), Math.ceil(Date.now() / (15 * minute)) * 15 * minute);
  const closes = startOfDay(dayOf(end - 1)).getTime() + (days ? days.calendar.opening.closes * minute : day);
  return end < closes ? Math.min(end + hour, closes) : end + hour;
}

/** A visit that has begun, or whose beginning is left as it is, keeps it to the second. */
const keptStart = (texts: ChangeTexts, standing: Submission, now: Instant): boolean =>
  hasBegun(standing, now) || isSame(texts, standing, 'from');

export const hasBegun = ({ from }: Pick<Submission, 'from'>, now: Instant): boolean => Number(from) <= Number(now);

function isSame(texts: ChangeTexts, standing: Submission, end: 'from' | 'until'): boolean {
  const shown = windowTexts(standing);
  return (['day', 'time'] as const).every((part) => texts[`${end}_${part}`] === shown[`${end}_${part}`]);
}

/**
 * The rules that need no data beyond the standing visit; admission checks the rest.
 *
 * @param standing with the people who still belong to it
 * @param brings whether anybody is to come along who does not yet
 * @param extensions whether the campus lets those who are inside ask to stay longer
 */
export function readChange(
  kind: ChangeKind,
  texts: ChangeTexts,
  standing: Submission,
  {
    brings = false,
    extensions = true,
    now = Date.now(),
  }: { brings?: boolean; extensions?: boolean; now?: number } = {},
): ChangeRead {
  const keeps = kind === 'extension' || keptStart(texts, standing, now);
  const from = keeps ? standing.from : readInstant(texts.from_day, texts.from_time);
  const until = isSame(texts, standing, 'until') ? standing.until : readInstant(texts.until_day, texts.until_time);
  const fields: Record<string, string> = {};
  const problems = findWindowProblems({ from, until }, now);
  if (keeps) delete problems.from;
  Object.assign(fields, problems);
  if (!keeps && texts.from_day && texts.from_time && !from) fields.from = 'field.time_invalid';
  if (texts.until_day && texts.until_time && !until) fields.until = 'field.time_invalid';
  if (!extensions && until && isExtension(standing, { until }, now)) fields.until ??= 'field.no_extension';
  if (kind === 'extension') {
    if (until && until <= standing.until) fields.until ??= 'field.change_earlier';
    if (Object.keys(fields).length > 0 || !from || !until) return { ok: false, fields };
    return { ok: true, wanted: { ...standing, from, until } };
  }

  const plate = checkPlate(texts.plate);
  if (!plate.ok) fields.plate = plate.problem;
  const companions = [...standing.people, ...standing.awaited].map(({ ordinal }) => ordinal).filter(Boolean);
  const removed = texts.remove.map(Number);
  if (!removed.every((ordinal) => companions.includes(ordinal))) fields.remove = 'field.change_person_unknown';
  if (Object.keys(fields).length > 0 || !from || !until) return { ok: false, fields };

  const stays = ({ ordinal }: { ordinal: number }) => !removed.includes(ordinal);
  const people = standing.people
    .filter(stays)
    .map((person) => (person.ordinal === 0 ? { ...person, plate: plate.plate || null } : person));
  const same = from === standing.from && until === standing.until && removed.length === 0 && !brings;
  if (same && (leadOf(standing)?.plate ?? '') === plate.plate)
    return { ok: false, fields: { until: 'field.change_nothing' } };
  return { ok: true, wanted: { from, until, people, awaited: standing.awaited.filter(stays) } };
}

const leadOf = ({ people }: Pick<Submission, 'people'>) => people.find(({ ordinal }) => ordinal === 0);
