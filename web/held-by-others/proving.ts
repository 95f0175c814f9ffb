import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import { checkPhone } from '../../domain/phone.ts';
import { tooMany } from '../../platform/errors.ts';
import { takeAttempt } from '../../store/people/attempt.ts';
import { hasOpenCode, redeemCode } from '../../store/people/phone-code.ts';
import type { WebDeps } from '../deps.ts';
import { codeTyped, textOf, textsOf } from '../form-value.ts';
import { renewSession, saveSession } from '../middleware/sessions.ts';
import { addressKey } from '../network.ts';
import { askChallenge, takeChallenge } from '../register/challenge.ts';
import { limitOf, needsChallenge, sendCode } from '../register/sending.ts';
import { codeOwner } from '../register/session.ts';
import { rememberProved } from './proved.ts';

/** A code to the number that others may hold. The pages answer the same for every number, held or not, until it is proved. */

/** Tries of codes from one address. */
const codeTries = [{ most: 30, seconds: 3600 }];

interface State {
  status?: number;
  fields?: Record<string, string>;
  problem?: { key: string; params?: Record<string, number> };
  sent?: boolean;
}

export async function showProving(deps: WebDeps, req: Request, res: Response, state: State = {}): Promise<void> {
  const { phone } = textsOf(req.body, ['phone']);
  const checked = checkPhone(phone);
  const waiting = checked.ok && (await hasOpenCode(deps.db, codeOwner(deps, req, checked.phone, 'elsewhere')));
  const asks = await needsChallenge(deps, req, checked.ok ? checked.phone : '');
  res.locals.path = '/held-by-others';
  res.locals.path = '/held-by-others';
  res.status(state.status ?? 200).render('held-by-others/proving', {
    phone,
    waiting,
    challenge: asks ? askChallenge(req) : undefined,
    fields: state.fields ?? {},
    problem: state.problem,
    sent: state.sent ?? false,
  });
}

export async function sendProof(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const checked = checkPhone(textOf(req.body, 'phone'));
  if (!checked.ok) return showProving(deps, req, res, { status: 422, fields: { phone: checked.problem } });
  if (await needsChallenge(deps, req, checked.phone)) {
    const answer = textOf(req.body, 'challenge');
    const problem = answer ? 'field.challenge_wrong' : 'field.challenge_empty';
    if (!takeChallenge(req, answer))
      return showProving(deps, req, res, { status: 422, fields: { challenge: problem } });
  }
  const sending = await sendCode(deps, req, checked.phone, 'elsewhere');
  if (sending.result === 'failed')
    return showProving(deps, req, res, { status: 503, problem: { key: sending.problem } });
  if (sending.result === 'limited') {
    res.set('Retry-After', String(sending.wait));
    return showProving(deps, req, res, { status: 429, problem: limitOf(sending) });
  }
  req.session.codesSent = (req.session.codesSent ?? 0) + 1;
  req.session.keptAt ??= Date.now();
  await showProving(deps, req, res, { sent: true });
}

/** Under a new session id from here on: a person who knew this session's id before must not see the page. */
export async function proveNumber(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const { db, index } = deps;
  const checked = checkPhone(textOf(req.body, 'phone'));
  const code = codeTyped(req.body);
  const fields = {
    ...(checked.ok ? {} : { phone: checked.problem }),
    ...(code === '' ? { code: 'field.code_empty' } : {}),
  };
  if (!checked.ok || code === '') return showProving(deps, req, res, { status: 422, fields });
  const wait = await takeAttempt(db, [{ kind: 'elsewhere_try', key: addressKey(deps, req), limits: codeTries }]);
  if (wait > 0) throw tooMany(wait);
  if (!(await redeemCode(db, index, codeOwner(deps, req, checked.phone, 'elsewhere'), code)))
    return showProving(deps, req, res, { status: 422, fields: { code: 'field.code_wrong' } });
  const { cookie: _, ...kept } = req.session;
  await renewSession(req, { ...kept, heldBy: rememberProved(deps, randomUUID(), checked.phone) });
  await saveSession(req);
  res.redirect(303, '/held-by-others');
}
