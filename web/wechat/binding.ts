import { type Request, type Response, Router } from 'express';
import type { Knex } from 'knex';
import { maskPhone } from '../../domain/masking.ts';
import { findCurrentNotice, type Notice } from '../../store/content/notice.ts';
import { giveConsent } from '../../store/people/consent.ts';
import { bindOpenid, readPhone } from '../../store/people/visitor.ts';
import type { WebDeps } from '../deps.ts';
import { isTicked, textOf } from '../form-value.ts';
import { saveSession } from '../middleware/sessions.ts';
import { ownPath } from '../own-path.ts';
import { channelOf, signedIn, whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';
import { forgetPerson, pendingOpenid } from './routes.ts';

/**
 * `/wechat/binding`: shows whose phone would be bound to the WeChat in this hand, and asks. An account that has another
 * WeChat is led to `/account`, where unbinding asks for a fresh code, and from there back to here.
 */
export function bindingRoutes(deps: WebDeps): Router {
  const { db } = deps;
  const router = Router();

  router.get('/wechat/binding', signedIn, async (req, res) => {
    const back = ownPath(req.query.return);
    if (pendingOpenid(req, deps.cipher) === undefined) return res.redirect(303, back);
    await ask(deps, res, { bound: whoVisits(res).bound, back });
  });

  router.post('/wechat/binding', signedIn, async (req, res) => {
    const openid = pendingOpenid(req, deps.cipher);
    const { id } = whoVisits(res);
    const back = ownPath(textOf(req.body, 'return'));
    if (openid !== undefined && isTicked(req.body, 'bind')) {
      const notice = await findCurrentNotice(db, 'wechat');
      const bound = await db.transaction(async (trx) => {
        if (!(await bindOpenid(trx, deps, id, openid))) return false;
        await recordVisitor(deps, { req, res }, { action: 'wechat_bound', subject: { kind: 'visitor', id } }, trx);
        // A tick of its own: binding alone sends nothing. An older text is no agreement to this one.
        if (notice && isTicked(req.body, 'messages', notice.id)) await agreeToWechat(trx, req, id, notice);
        return true;
      });
      if (!bound) return ask(deps, res.status(409), { bound: true, back });
    }
    forgetPerson(req);
    await saveSession(req);
    res.redirect(303, back);
  });
  return router;
}

/** Messages may go by WeChat from now on. */
export async function agreeToWechat(trx: Knex, req: Request, visitor: string, notice: Notice): Promise<void> {
  await giveConsent(trx, { visitor, notice, purpose: 'wechat', channel: channelOf(req) });
}

/** The page that asks a visitor whose WeChat waits to be bound; undefined: none waits. @param back where they go then */
export const bindingPath = ({ cipher }: Pick<WebDeps, 'cipher'>, req: Request, back: string): string | undefined =>
  pendingOpenid(req, cipher) === undefined ? undefined : `/wechat/binding?return=${encodeURIComponent(back)}`;

/** @param bound another WeChat is bound */
async function ask(
  { db, cipher }: WebDeps,
  res: Response,
  { bound, back }: { bound: boolean; back: string },
): Promise<void> {
  const phone = await readPhone(db, cipher, whoVisits(res).id);
  const notice = bound ? undefined : await findCurrentNotice(db, 'wechat');
  res.render('wechat/binding', { phone: phone ? maskPhone(phone) : '', bound, onward: back, notice });
}
