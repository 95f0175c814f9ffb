import type { Request, Response } from 'express';
import type { Knex } from 'knex';
import { AppError } from '../../platform/errors.ts';
import { differingParts, readSeen, type Seen, seenOnPage } from '../../store/approval/seen.ts';
import { maskedPeople } from '../../store/reservations/masked-person.ts';
import { readAwaited } from '../../store/reservations/submission.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';

/** What an approver saw when they decided: their page carries it, and a decision on something else is not kept. */

/** @returns nothing for a form of an earlier release. @throws AppError 400 for what no form of ours sends */
export function shownTo(req: Request): Seen | undefined {
  const text = textOf(req.body, 'seen');
  const shown = readSeen(text);
  if (text !== '' && !shown) throw new AppError('bad_request', { status: 400 });
  return shown;
}

/** Thrown in the transaction of a decision; the page says what differs. */
export class ShownOtherwise extends Error {
  readonly parts: string[];

  constructor(parts: string[]) {
    super('What was decided on is not what was shown');
    this.parts = parts;
  }
}

/** @throws ShownOtherwise */
export async function compareSeen(
  trx: Knex,
  { cipher }: Pick<WebDeps, 'cipher'>,
  submission: string,
  shown: Seen,
): Promise<void> {
  const now = await seenOnPage(trx, cipher, submission);
  if (now?.hash !== shown.hash) throw new ShownOtherwise(now ? differingParts(shown, now) : ['visit']);
}

/** A sentence that names the people and says whether the visit itself is another one. */
export async function sayWhatDiffers(
  { db, cipher }: Pick<WebDeps, 'db' | 'cipher'>,
  { locals: { t } }: Response,
  submission: string,
  parts: string[],
): Promise<string> {
  const people = [...(await maskedPeople(db, cipher, submission)), ...(await readAwaited(db, cipher, submission))];
  const nameOf = (part: string): string =>
    part === 'visit'
      ? t('inbox.visit')
      : (people.find(({ ordinal }) => String(ordinal) === part.split('/')[1])?.name ?? t('inbox.somebody'));
  const what = [...new Set(parts.map(nameOf))].join(t('next.and'));
  return t('inbox.seen_otherwise', { what });
}
