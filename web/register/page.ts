import type { Request, Response } from 'express';
import { checkPhone } from '../../domain/phone.ts';
import { currentNotice } from '../../store/content/notice.ts';
import { hasOpenCode } from '../../store/people/phone-code.ts';
import type { WebDeps } from '../deps.ts';
import { textsOf } from '../form-value.ts';
import { ownPath } from '../own-path.ts';
import { pendingOpenid } from '../wechat/routes.ts';
import { askChallenge } from './challenge.ts';
import { needsChallenge } from './sending.ts';
import { codeOwner } from './session.ts';

export interface RegisterState {
  status?: number;
  fields?: Record<string, string>;
  /** A whole sentence's key above the form, with its values. */
  problem?: { key: string; params?: Record<string, number> };
  /** A code has just been sent. */
  sent?: boolean;
}

/** Draws /register; what was typed is kept. */
export async function showRegister(
  deps: WebDeps,
  req: Request,
  res: Response,
  state: RegisterState = {},
): Promise<void> {
  const { phone, code, agree, return: typedReturn } = textsOf(req.body, ['phone', 'code', 'agree', 'return']);
  const terms = await currentNotice(deps.db, 'terms');
  const checked = checkPhone(phone);
  const waiting = checked.ok && (await hasOpenCode(deps.db, codeOwner(deps, req, checked.phone)));
  const asks = await needsChallenge(deps, req, checked.ok ? checked.phone : '');
  const onward = ownPath(typedReturn || req.query.return, '');
  res.locals.path = `/register${onward && `?return=${encodeURIComponent(onward)}`}`;
  res.status(state.status ?? 200).render('register/register', {
    phone,
    // A code that was refused is typed anew; after another code was sent, an old one is worth nothing.
    code: state.fields?.code || state.sent ? '' : code,
    ticked: agree === terms.id,
    onward,
    terms,
    waiting,
    challenge: asks ? askChallenge(req) : undefined,
    wechat: pendingOpenid(req, deps.cipher) !== undefined,
    fields: state.fields ?? {},
    problem: state.problem,
    sent: state.sent ?? false,
  });
}
