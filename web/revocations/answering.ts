import type { Request, Response } from 'express';
import { z } from 'zod';
import { actionOf, type RefusalCode, refusalIn } from '../../domain/request.ts';
import { type RevocationReason, revocationReasons } from '../../domain/revocation.ts';
import { findTextProblem, normaliseText } from '../../domain/text.ts';
import { AppError } from '../../platform/errors.ts';
import { keepRevocation, revocationsOf, rightToRevoke } from '../../store/approval/revocation.ts';
import { endTelling } from '../../store/reservations/refusal.ts';
import { findRequest, keepRequest } from '../../store/reservations/request.ts';
import { findReservation } from '../../store/reservations/reservation.ts';
import type { WebDeps } from '../deps.ts';
import { textsOf } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { whoIs } from '../staff/guard.ts';
import { recordAct } from '../staff/recording.ts';
import { refusalForStaff } from '../staff/refusal.ts';
import type { RevocationAgain } from './form.ts';

/** The page that the form stands on. */
export interface RevocationPlace {
  reservation: string;
  /** Where the page is reached again. */
  at: string;
  /** Draws it once more, with the form as it was sent, or with a sentence (`refusal`) of why not. */
  show(res: Response, more: { again?: RevocationAgain; refusal?: string }): Promise<void>;
}

const longestText = 200;

/** From the form to the workflow's answer. @throws AppError 403 for who may not, 400 for what no form of ours sends */
export async function answerRevocation(
  deps: WebDeps,
  { req, res }: { req: Request; res: Response },
  { reservation, at, show }: RevocationPlace,
): Promise<void> {
  const staff = whoIs(res).id;
  if (!(await rightToRevoke(deps.db, staff, reservation))) throw new AppError('may_not_revoke', { status: 403 });
  const { request, texts, payload } = readForm(req);
  const { reason, fields } = check(texts);
  if (!reason) return show(res.status(422), { again: { request, texts, fields } });
  if (!(await findRequest(deps.db, request))) {
    const visit = await findReservation(deps.db, reservation);
    const refusal = visit && refusalIn(visit.stage, 'revoke');
    if (refusal) return show(res.status(409), { refusal: await whyNot(deps, res, reservation, refusal) });
  }
  await deps.db.transaction(async (trx) => {
    const actor = { kind: 'staff', id: staff } as const;
    await keepRequest(trx, { id: request, reservation, actor, kind: 'revoke', payload });
    const why = { reason, text: texts.revocation_text };
    if (!(await keepRevocation(trx, deps.cipher, { request, reservation, staff, ...why, ...payload }))) return;
    const subject = { kind: 'reservation', id: reservation } as const;
    const detail = { request, for: reason, ...payload };
    await recordAct(deps, req, res, { action: actionOf('revoke'), subject, detail }, trx);
  });
  const delivered = await deps.delivery.deliver(request);
  if (delivered.status === 'answered' && !delivered.answer.ok) {
    await endTelling(deps.db, request);
    return show(res.status(409), { refusal: await whyNot(deps, res, reservation, delivered.answer.code) });
  }
  res.redirect(303, at);
}

/** Somebody may have been faster: who, and when. */
async function whyNot({ db }: WebDeps, { locals }: Response, reservation: string, code: RefusalCode): Promise<string> {
  const { t, format } = locals;
  const faster = (await revocationsOf(db, reservation)).find(({ ordinal }) => ordinal === null);
  if (!faster || code !== 'closed') return refusalForStaff(t, code);
  return t('revocation.faster', { name: faster.by, time: format.time(faster.at) });
}

const texts = ['revocation_whom', 'revocation_reason', 'revocation_text'] as const;

/** `revocation_whom`: empty for everybody, else a companion's number in the party. */
function readForm(req: Request) {
  const form = z.object({ request: z.string().refine(isUuid) }).safeParse(req.body);
  const typed = textsOf(req.body, texts);
  const whom = typed.revocation_whom;
  if (!form.success || !/^([1-9]\d{0,4})?$/.test(whom)) throw new AppError('bad_request', { status: 400 });
  return {
    request: form.data.request,
    texts: { ...typed, revocation_text: normaliseText(typed.revocation_text) },
    payload: whom === '' ? {} : { ordinal: Number(whom) },
  };
}

const problems = {
  empty: 'field.revocation_text_empty',
  long: 'field.revocation_text_too_long',
  characters: 'field.characters',
} as const;

const isReason = (text: string): text is RevocationReason => revocationReasons.some((one) => one === text);

/** @returns the reason, or what is wrong, as catalogue keys by field */
function check({ revocation_reason: listed, revocation_text: text }: Record<(typeof texts)[number], string>) {
  const problem = findTextProblem(text, { max: longestText, required: listed === 'other', lines: true });
  if (isReason(listed) && !problem) return { reason: listed };
  return {
    fields: {
      ...(!isReason(listed) && { revocation_reason: 'field.revocation_reason_empty' }),
      ...(problem && { revocation_text: problems[problem] }),
    },
  };
}
