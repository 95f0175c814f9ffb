import type { Request, Response } from 'express';
import { z } from 'zod';
import { findTextProblem, normaliseText } from '../../domain/text.ts';
import { AppError, forbidden, notFound } from '../../platform/errors.ts';
import { sealReason } from '../../store/audit/unmask-reason.ts';
import { unmaskDocument } from '../../store/reservations/masked-person.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { checkCode } from './code.ts';
import { asksForCode } from './due.ts';
import { whoIs } from './guard.ts';
import { recordAct } from './recording.ts';

const unmaskingForm = z.object({
  person: z.string().refine(isUuid),
  unmask_reason: z.string().default('').transform(normaliseText),
});

interface Unmasking {
  /** Id of the frozen person. */
  person: string;
  reason: string;
  /** Catalogue key of what is wrong with the reason. */
  problem?: string;
}

/** What the page shows besides after that: the whole number, or the problem of the reason. */
export interface Unmasked {
  typed?: { unmaskReason: string; person: string };
  fields?: Record<string, string>;
  unmasked?: { person: string; number: string };
}

/**
 * Shows one whole document number, on this one answer.
 * @param show renders the page that the person stands on
 * Somebody with a second factor shows it again where that is longer than a few minutes ago.
 * @throws AppError 403 without the permission `may_unmask`; 404 where the submission has no such person
 */
export async function answerUnmasking(
  deps: WebDeps,
  { req, res }: { req: Request; res: Response },
  of: { reservation: string; submission: string | null },
  show: (res: Response, more: Unmasked) => Promise<void>,
): Promise<void> {
  const wish = readUnmasking(req, res);
  const { submission } = of;
  if (!submission) throw notFound();
  if (wish.problem) {
    return show(res.status(422), {
      typed: { unmaskReason: wish.reason, person: wish.person },
      fields: { unmask_reason: wish.problem },
    });
  }
  const wrongCode = asksForCode(res) ? await checkCode(deps, req, whoIs(res).id) : undefined;
  if (wrongCode) {
    return show(res.status(422), {
      typed: { unmaskReason: wish.reason, person: wish.person },
      fields: { code: wrongCode },
    });
  }
  // It counts for a while: the page does not ask for it again.
  res.locals.asksForCode = false;
  const number = await unmask(deps, req, res, { ...wish, reservation: of.reservation, submission });
  await show(res, { unmasked: { person: wish.person, number } });
}

function readUnmasking(req: Request, res: Response): Unmasking {
  if (!whoIs(res).mayUnmask) throw forbidden();
  const form = unmaskingForm.safeParse(req.body);
  if (!form.success) throw new AppError('bad_request', { status: 400 });
  const { person, unmask_reason: reason } = form.data;
  const problem = findTextProblem(reason, { max: 200, required: true, lines: true });
  if (!problem) return { person, reason };
  return {
    person,
    reason,
    problem: problem === 'empty' ? 'field.unmask_reason_empty' : `field.${problemKeys[problem]}`,
  };
}

const problemKeys = { long: 'too_long', characters: 'characters' } as const;

/**
 * The full number, together with the audit row that says who saw it and why. The reason is a sentence
 * that somebody typed, so it is kept encrypted.
 */
async function unmask(
  deps: WebDeps,
  req: Request,
  res: Response,
  { person, reason, reservation, submission }: Unmasking & { reservation: string; submission: string },
): Promise<string> {
  return deps.db.transaction(async (trx) => {
    const number = await unmaskDocument(trx, deps.cipher, { submission, person });
    if (number === undefined) throw notFound();
    const act = {
      action: 'document_unmasked',
      subject: { kind: 'reservation', id: reservation },
      detail: { person, reason: sealReason(deps.cipher, reason) },
    } as const;
    await recordAct(deps, req, res, act, trx);
    return number;
  });
}
