import { Router } from 'express';
import { AppError } from '../../platform/errors.ts';
import type { Language } from '../../platform/i18n.ts';
import { announceReady } from '../../store/companions/companion-ready.ts';
import { currentNotice } from '../../store/content/notice.ts';
import { giveConsent } from '../../store/people/consent.ts';
import type { WebDeps } from '../deps.ts';
import { isTicked, textOf } from '../form-value.ts';
import { waitingPath } from '../kept-form/keeping.ts';
import { renderMarkdown } from '../notices/markdown.ts';
import { channelOf, signedIn, whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';

/** The modal 隐私信息填写须知: 同意 opens the rest, 不同意 keeps the visitor here and stores nothing of a profile. */
export function consentRoutes(deps: WebDeps): Router {
  const { db } = deps;
  const router = Router();

  router.get('/consent', signedIn, async (req, res) => {
    if (whoVisits(res).consent) return res.redirect(303, waitingPath(req) ?? '/profile');
    const notice = await currentNotice(db, 'filling');
    const language: Language = res.locals.lang;
    res.render('consent/consent', { notice, html: renderMarkdown(notice.body[language]) });
  });

  router.post('/consent', signedIn, async (req, res) => {
    const notice = await currentNotice(db, 'filling');
    const { id, person } = whoVisits(res);
    if (!isTicked(req.body, 'answer', 'agree')) {
      await recordVisitor(
        deps,
        { req, res },
        { action: 'consent_refused', subject: { kind: 'notice', id: notice.id } },
      );
      return res.redirect(303, '/consent/refused');
    }
    // A newer text was published while this one was read.
    if (textOf(req.body, 'notice') !== notice.id) throw new AppError('conflict', { status: 409 });
    const requests = await db.transaction(async (trx) => {
      await giveConsent(trx, { visitor: id, notice, purpose: 'personal_information', channel: channelOf(req) });
      await recordVisitor(
        deps,
        { req, res },
        { action: 'consent_given', subject: { kind: 'notice', id: notice.id } },
        trx,
      );
      return announceReady(trx, deps, { member: id }, { kind: 'visitor', id });
    });
    await Promise.all(requests.map((request) => deps.delivery.deliver(request, 1_500)));
    if (!person) return res.redirect(303, '/profile');
    res.redirect(303, waitingPath(req) ?? '/');
  });

  router.get('/consent/refused', signedIn, (_req, res) => {
    if (whoVisits(res).consent) return res.redirect(303, '/');
    res.render('consent/refused');
  });
  return router;
}
