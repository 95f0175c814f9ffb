import { checkPlate } from '../../domain/plate.ts';
import { hour, type Instant, parseLocalDateTime, toLocalInput } from '../../domain/time.ts';
import { findWindowProblems } from '../../domain/visit-window.ts';
import type { Submission } from '../../store/submission.ts';
import { allTextsOf, textsOf } from '../form-value.ts';

/** 变更预约: window, plate, and who no longer comes along; 延长: only a later end. */

export interface ChangeTexts {
  from: string;
  until: string;
  plate: string;
  /** Ordinals, as sent. */
  remove: string[];
}

export type ChangeKind = 'change' | 'extension';
export type ChangeRead =
  | { ok: true; wanted: Pick<Submission, 'from' | 'until' | 'people' | 'awaited'> }
  | { ok: false; fields: Record<string, string> };

export const changeKindOf = (text: string): ChangeKind => (text === 'extension' ? 'extension' : 'change');

export const readChangeTexts = (body: unknown): ChangeTexts => ({
  ...textsOf(body, ['from', 'until', 'plate']),
  remove: allTextsOf(body, 'remove'),
});

/** What stands; an extension begins with an hour more. */
export function changeTexts(kind: ChangeKind, standing: Submission): ChangeTexts {
  return {
    from: toLocalInput(standing.from),
    until: toLocalInput(kind === 'extension' ? standing.until.getTime() + hour : standing.until),
    plate: leadOf(standing)?.plate ?? '',
    remove: [],
  };
}

/** A visit that has begun, or whose beginning is left as it is, keeps it to the second. */
const keptStart = (texts: ChangeTexts, standing: Submission, now: Instant): boolean =>
  hasBegun(standing, now) || texts.from === toLocalInput(standing.from);

export const hasBegun = ({ from }: Pick<Submission, 'from'>, now: Instant): boolean => Number(from) <= Number(now);

/**
 * The rules that need no data beyond what stands; admission checks the rest.
 *
 * @param standing with the people who still belong to it
 */
export function readChange(kind: ChangeKind, texts: ChangeTexts, standing: Submission, now = Date.now()): ChangeRead {
  const keeps = kind === 'extension' || keptStart(texts, standing, now);
  const from = keeps ? standing.from : parse(texts.from);
  const until = texts.until === toLocalInput(standing.until) ? standing.until : parse(texts.until);
  const fields: Record<string, string> = {};
  const problems = findWindowProblems({ from, until }, now);
  if (keeps) delete problems.from;
  Object.assign(fields, problems);
  if (!keeps && texts.from && !from) fields.from = 'field.time_invalid';
  if (texts.until && !until) fields.until = 'field.time_invalid';
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
  const same = from === standing.from && until === standing.until && removed.length === 0;
  if (same && (leadOf(standing)?.plate ?? '') === plate.plate)
    return { ok: false, fields: { until: 'field.change_nothing' } };
  return { ok: true, wanted: { from, until, people, awaited: standing.awaited.filter(stays) } };
}

const parse = (text: string): Date | undefined => (text ? parseLocalDateTime(text) : undefined);
const leadOf = ({ people }: Pick<Submission, 'people'>) => people.find(({ ordinal }) => ordinal === 0);
