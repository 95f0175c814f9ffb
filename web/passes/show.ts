import type { Request, RequestHandler, Response } from 'express';
import { notFound } from '../../platform/errors.ts';
import { record } from '../../store/audit/audit.ts';
import { allCampuses } from '../../store/content/content.ts';
import { findPass, type Pass } from '../../store/passes/pass.ts';
import { markShown } from '../../store/passes/pass-in-hand.ts';
import { openingsOf } from '../../store/passes/pass-opening.ts';
import { findBinding } from '../../store/passes/phone-binding.ts';
import type { WebDeps } from '../deps.ts';
import { guideOfPass } from '../guides/of-pass.ts';
import { isUuid } from '../is-uuid.ts';
import { addressHash } from '../network.ts';
import { namesOn } from './names.ts';
import { askerOf, showRefusalAtPass } from './refused.ts';
import { createShowing } from './shown.ts';
import { mustSee, visiblePass } from './visible.ts';

/** So many openings stand on a pass; older ones are in the audit. */
const openingsShown = 3;

/** `/passes/:id`: 通行凭证 for its holder and for a person who typed its 访客验证码; everybody else is asked for the code. */
export function showPass(deps: WebDeps): RequestHandler {
  const show = createShowing(deps);
  return async (req, res) => {
    const seen = await visiblePass(deps, req);
    if (!seen) return showCodeForm(deps, req, res);
    const { pass, held } = seen;
    const [shown, campuses, guide, names, openings, binding, notBound] = await Promise.all([
      show(pass),
      allCampuses(deps.db),
      guideOfPass(deps.db, pass, res.locals.lang, req.query.tab),
      namesOn(deps, [pass]),
      held ? openingsOf(deps.db, pass.id, openingsShown) : [],
      held && pass.binding ? findBinding(deps.db, pass.binding) : undefined,
      showRefusalAtPass(deps, res, pass, { kind: 'bind_phone', actor: askerOf(req, pass) }),
    ]);
    await Promise.all([recordShown(deps, req, pass), held ? markShown(deps.db, pass) : undefined]);
    res.render('passes/pass', {
      ...shown,
      held,
      campusName: campuses.find(({ id }) => id === pass.campus)?.name,
      name: names.get(pass.id),

      guide,
      openings,
      boundAt: binding?.createdAt,
      notBound,
    });
  };
}

/** `/passes/:id/qr`: what renews itself on the screen. */
export function showQr(deps: WebDeps): RequestHandler {
  const show = createShowing(deps);
  return async (req, res) => {
    const { pass } = await mustSee(deps, req);
    res.render('passes/state', await show(pass));
  };
}

/** `/passes/:id/guide`: one of the four tabs, without the page around it. */
export function showGuide(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { pass } = await mustSee(deps, req);
    res.render('guides/section', await guideOfPass(deps.db, pass, res.locals.lang, req.query.tab));
  };
}

/** A person who follows the message's link is asked for the code that came with it. */
export async function showCodeForm(
  { db }: Pick<WebDeps, 'db'>,
  req: Request,
  res: Response,
  problem: { code?: string; left?: number; renewed?: boolean } = {},
): Promise<void> {
  const { id } = req.params;
  const pass = isUuid(id) ? await findPass(db, id) : undefined;
  if (!pass) throw notFound();
  const actor = { kind: 'system', id: pass.id } as const;
  const notSent = problem.code ? undefined : await showRefusalAtPass({ db }, res, pass, { kind: 'resend_code', actor });
  res.locals.path = `/passes/${id}`;
  res.render('passes/code-form', { id, problem, notSent });
}

async function recordShown(deps: WebDeps, req: Request, pass: Pass): Promise<void> {
  const { visitor } = req.session;
  await record(deps.db, {
    actor: visitor ? { kind: 'visitor', id: visitor } : { kind: 'anonymous' },
    action: 'pass_shown',
    subject: { kind: 'reservation', id: pass.reservation },
    detail: { pass: pass.id },
    addressHash: addressHash(deps, req),
    requestId: String(req.id),
  });
}
