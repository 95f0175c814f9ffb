import type { Request, Response } from 'express';
import { checkDocument } from '../../domain/identity-number.ts';
import { maskPhone } from '../../domain/masking.ts';
import { findNameProblem, findTextProblem, normaliseName, normaliseText } from '../../domain/text.ts';
import { tooMany } from '../../platform/errors.ts';
import { type Asked, askOffice, dataRequestKinds, proofOf } from '../../store/elsewhere/data-request.ts';
import { takeAttempt } from '../../store/people/attempt.ts';
import type { WebDeps } from '../deps.ts';
import { textsOf } from '../form-value.ts';
import { saveSession } from '../middleware/sessions.ts';
import { addressKey } from '../network.ts';
import { recordVisitor } from '../visitor/recording.ts';
import { provedPhone } from './proved.ts';

/**
 * The number that others hold is not one's own any more, or there is none, or they typed it so long ago that it may have had another
 * owner: the office looks at the document. A number that this browser proved goes with it. The form opens nothing and says
 * the same to everybody; whether anything is held is seen at the counter alone.
 */

const names = ['kind', 'name', 'document_number', 'text'] as const;
type Texts = Record<(typeof names)[number], string>;

export const longestText = 200;
const requests = [
  { most: 5, seconds: 3600 },
  { most: 10, seconds: 24 * 3600 },
];

export function showAsking(deps: WebDeps, req: Request, res: Response): void {
  draw(deps, req, res, { kind: '', name: '', document_number: '', text: '' }, {});
}

export async function ask(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const texts: Texts = textsOf(req.body, names);
  const kind = dataRequestKinds.find((known) => known === texts.kind);
  const name = normaliseName(texts.name);
  const document = checkDocument('other', texts.document_number, Date.now());
  const text = normaliseText(texts.text);
  const nameProblem = findNameProblem(name);
  const textProblem = textProblemOf(text, kind === 'correction');
  const fields = {
    ...(kind ? {} : { kind: 'field.held_kind_empty' }),
    ...(nameProblem ? { name: nameProblem } : {}),
    ...(document.ok ? {} : { document_number: document.problem }),
    ...(textProblem ? { text: textProblem } : {}),
  };
  if (!kind || Object.keys(fields).length > 0) return draw(deps, req, res.status(422), texts, fields);
  const phone = provedPhone(deps, req) ?? null;
  await file(deps, req, res, { kind, phone, name, document: document.number, text: text || null });
  res.redirect(303, '/held-by-others/requests/new');
}

/** Keeps what was asked, and says once by when it is answered. */
export async function file(deps: WebDeps, req: Request, res: Response, asked: Asked): Promise<void> {
  const wait = await takeAttempt(deps.db, [{ kind: 'data_request', key: addressKey(deps, req), limits: requests }]);
  if (wait > 0) throw tooMany(wait);
  const { id, dueAt } = await deps.db.transaction(async (trx) => {
    const kept = await askOffice(trx, deps, asked);
    const detail = { kind: asked.kind, proof: proofOf(asked) };
    const subject = { kind: 'data_request', id: kept.id } as const;
    await recordVisitor(deps, { req, res }, { action: 'data_request_made', subject, detail }, trx);
    return kept;
  });
  req.session.heldDone = { filed: id, due: dueAt.getTime() };
  req.session.keptAt ??= Date.now();
  await saveSession(req);
}

export function textProblemOf(text: string, required: boolean): string | undefined {
  const problem = findTextProblem(text, { max: longestText, required, lines: true });
  if (problem === 'empty') return 'field.held_text_empty';
  return problem && (problem === 'long' ? 'field.too_long' : 'field.characters');
}

/** What was asked for last, told once. */
export function takeFiled(req: Request): { number: string; due: Date } | undefined {
  const { heldDone } = req.session;
  if (!heldDone || !('filed' in heldDone)) return undefined;
  delete req.session.heldDone;
  return { number: heldDone.filed.slice(-8), due: new Date(heldDone.due) };
}

function draw(deps: WebDeps, req: Request, res: Response, texts: Texts, fields: Record<string, string>): void {
  const phone = provedPhone(deps, req);
  res.locals.path = '/held-by-others/requests/new';
  res.render('held-by-others/ask', {
    texts,
    fields,
    kinds: dataRequestKinds,
    filed: takeFiled(req),
    phone: phone && maskPhone(phone),
  });
}
