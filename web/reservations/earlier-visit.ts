import type { Response } from 'express';
import { nextWindow, sameTimesAgain, type Window } from '../../domain/next-window.ts';
import type { Channel } from '../../domain/reservation.ts';
import { hour } from '../../domain/time.ts';
import { type AnswerName, answerNames, questionOf } from '../../domain/visit-answers.ts';
import { findOwnSubmission, type OwnSubmission } from '../../store/reservations/own-submission.ts';
import { findReservationOf } from '../../store/reservations/reservation.ts';
import { readSubmission, type Submission, type SubmittedPerson } from '../../store/reservations/submission.ts';
import { lastWishOf, type Wish } from '../../store/reservations/wish.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { type PersonTexts, plateTexts } from '../profile/person-form.ts';
import { whoVisits } from '../visitor/guard.ts';
import type { Choices, Days } from './choices.ts';
import { emptyVisitTexts, type VisitTexts, visitTextsOf, windowTexts } from './visit-form.ts';

/** What a form begins with: an own submission to correct, an old visit to copy, or the last one of the same channel. */
export type Earlier =
  | {
      kind: 'again' | 'copy';
      submission: Submission;
      /** A returned reservation takes the corrected submission; else the open draft or a new one does. */
      returned?: string;
    }
  | { kind: 'last'; submission: Wish; returned?: never };

export async function findEarlier(
  deps: WebDeps,
  res: Response,
  asked: { channel: Channel; again: unknown; copy: unknown; returned: unknown },
): Promise<Earlier | undefined> {
  const { db, reads, cipher } = deps;
  const { id: visitor } = whoVisits(res);
  const own = (kind: 'again' | 'copy', row: OwnSubmission | undefined) => row && withSubmission(deps, kind, row);
  const find = (by: Parameters<typeof findOwnSubmission>[2]) => findOwnSubmission(db, visitor, by);
  if (isUuid(asked.again)) return own('again', await find({ submission: asked.again }));
  if (isUuid(asked.copy)) return own('copy', await find({ reservation: asked.copy }));
  if (isUuid(asked.returned)) return own('again', await find({ reservation: asked.returned }));
  const last = await lastWishOf(reads, cipher, visitor, asked.channel);
  return last && { kind: 'last', submission: last };
}

/** A reservation that came back to be corrected, as its own visitor sees it. */
export async function findReturned({ db }: WebDeps, res: Response, id: unknown): Promise<string | undefined> {
  if (!isUuid(id)) return undefined;
  const reservation = await findReservationOf(db, whoVisits(res).id, id);
  return reservation?.stage === 'details' ? reservation.id : undefined;
}

async function withSubmission(
  { db, cipher }: WebDeps,
  kind: 'again' | 'copy',
  row: OwnSubmission,
): Promise<Earlier | undefined> {
  const submission = await readSubmission(db, cipher, row.id);
  if (!submission) return undefined;
  const isReturned = kind === 'again' && row.stage === 'details' && row.submitted;
  return { kind, submission, ...(isReturned && { returned: row.reservation }) };
}

/** The car of an earlier visit of one's own, or that there was none: not the usual one instead. */
export function plateOf(
  people: SubmittedPerson[] | undefined,
): Pick<PersonTexts, 'plate' | 'plate_special'> | undefined {
  const own = people?.find(({ ordinal, visitor }) => ordinal === 0 && visitor !== null);
  return own && plateTexts(own.plate);
}

/** The earlier choices as far as they can be chosen today, and a window that is possible. */
export function visitTextsFrom(
  earlier: Earlier | undefined,
  channel: Channel,
  choices: Choices,
  days: Days | undefined,
  now = Date.now(),
): VisitTexts {
  const [only] = choices.campuses.length === 1 ? choices.campuses : [];
  const fresh = { ...emptyVisitTexts, campus: only?.id ?? '' };
  const usual = 2 * hour;
  if (!earlier) return { ...fresh, ...windowTexts(offer(usual, days, now)) };
  const texts = visitTextsOf(earlier.submission);
  if (earlier.kind === 'again') return texts;
  const { submission } = earlier;
  const before = { from: submission.from.getTime(), until: submission.until.getTime() };
  const length = before.until - before.from;
  const window = earlier.kind === 'copy' && days ? sameTimesAgain(before, days.calendar, now) : undefined;
  const open = (list: { id: string }[], id: string) => (list.some((one) => one.id === id) ? id : '');
  const department = open(choices.departments, texts.department);
  return {
    ...texts,
    campus: open(choices.campuses, texts.campus) || fresh.campus,
    department,
    ...Object.fromEntries(answerNames.filter((name) => !isCopied(name, channel, department)).map((name) => [name, ''])),
    reason: open(choices.reasons, texts.reason),
    ...windowTexts(window ?? offer(length, days, now)),
  };
}

/** Answers that the channel does not ask for are not carried over unseen. */
function isCopied(name: AnswerName, channel: Channel, department: string): boolean {
  const { asked, belongsToDepartment } = questionOf(name);
  return asked[channel] !== undefined && (department !== '' || !belongsToDepartment);
}

/** The visit's own length where it fits somewhere, else two hours, else simply the next half hour. */
function offer(length: number, days: Days | undefined, now: number): Window {
  const usual = 2 * hour;
  const rounded = Math.max(1, Math.round(length / (hour / 2))) * (hour / 2);
  const free = days && (nextWindow(rounded, days.calendar, now) ?? nextWindow(usual, days.calendar, now));
  if (free) return free;
  const from = Math.ceil(now / (hour / 2)) * (hour / 2);
  return { from, until: from + usual };
}
