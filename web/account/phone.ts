import { type Request, type Response, Router } from 'express';
import { maskPhone } from '../../domain/masking.ts';
import { checkPhone } from '../../domain/phone.ts';
import { redeemCode } from '../../store/people/phone-code.ts';
import { changePhone, readPhone } from '../../store/people/visitor.ts';
import type { WebDeps } from '../deps.ts';
import { codeTyped, textOf } from '../form-value.ts';
import { limitOf, sendCode } from '../register/sending.ts';
import { codeOwner } from '../register/session.ts';
import { signedIn, whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';
import { redeemFreshCode } from './fresh-code.ts';

/** `/account/phone`: another number for the same account. A code to the old one and a code to the new one. */
export function phoneRoutes(deps: WebDeps): Router {
  const router = Router();
  router.get('/account/phone', signedIn, (req, res) => show(deps, req, res));
  router.post('/account/phone/codes', signedIn, (req, res) => askForCode(deps, req, res));
  router.post('/account/phone', signedIn, (req, res) => change(deps, req, res));
  return router;
}

interface State {
  fields?: Record<string, string>;
  /** The number that a code was just sent to, or could not be sent to. */
  code?: { to: 'old' | 'new'; sent: boolean; problem?: string; params?: Record<string, number> };
}

async function askForCode(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const to = textOf(req.body, 'to') === 'new' ? 'new' : 'old';
  const checked = checkPhone(textOf(req.body, 'new_phone'));
  if (to === 'new' && !checked.ok) return show(deps, req, res, { fields: { new_phone: checked.problem } });
  const phone = to === 'new' ? checked.phone : await readPhone(deps.db, deps.cipher, whoVisits(res).id);
  const sending = await sendCode(deps, req, phone ?? '', 'change_phone');
  if (sending.result === 'sent') return show(deps, req, res, { code: { to, sent: true } });
  if (sending.result === 'failed') return show(deps, req, res, { code: { to, sent: false, problem: sending.problem } });
  const { key, params } = limitOf(sending);
  await show(deps, req, res, { code: { to, sent: false, problem: key, params } });
}

async function change(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const { db, cipher, index } = deps;
  const { id } = whoVisits(res);
  const checked = checkPhone(textOf(req.body, 'new_phone'));
  const old = await readPhone(db, cipher, id);
  const fields: Record<string, string> = {};
  if (!checked.ok) fields.new_phone = checked.problem;
  else if (checked.phone === old) fields.new_phone = 'field.phone_same';
  const typed = codeTyped(req.body, 'new_code');
  if (typed === '') fields.new_code = 'field.code_empty';
  if (textOf(req.body, 'code') === '') fields.code = 'field.code_empty';
  if (!checked.ok || Object.keys(fields).length > 0) return show(deps, req, res, { fields });

  // The new one first: a slip there must not cost the code that the old phone got.
  if (!(await redeemCode(db, index, codeOwner(deps, req, checked.phone, 'change_phone'), typed))) {
    return show(deps, req, res, { fields: { new_code: 'field.code_wrong' } });
  }
  const problem = await redeemFreshCode(deps, { req, res }, 'change_phone');
  if (problem) return show(deps, req, res, { fields: { code: problem, new_code: 'field.code_again' } });
  await db.transaction(async (trx) => {
    await changePhone(trx, deps, { visitor: id, phone: checked.phone, session: req.sessionID });
    await recordVisitor(deps, { req, res }, { action: 'phone_changed', subject: { kind: 'visitor', id } }, trx);
  });
  res.redirect(303, '/account');
}

async function show(deps: WebDeps, req: Request, res: Response, state: State = {}): Promise<void> {
  const phone = await readPhone(deps.db, deps.cipher, whoVisits(res).id);
  const failed = Object.keys(state.fields ?? {}).length > 0;
  const status = failed ? 422 : state.code && !state.code.sent ? 429 : 200;
  res.locals.path = '/account/phone';
  res.status(status).render('account/phone', {
    phone: maskPhone(phone ?? ''),
    newPhone: textOf(req.body, 'new_phone'),
    // A code that was neither refused nor replaced need not be typed again.
    typed: {
      code: state.fields?.code || state.code?.to === 'old' ? '' : textOf(req.body, 'code'),
      new_code: state.code?.to === 'old' ? textOf(req.body, 'new_code') : '',
    },
    fields: state.fields ?? {},
    code: state.code,
  });
}
