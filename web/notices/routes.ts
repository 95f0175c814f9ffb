import { type RequestHandler, type Response, Router } from 'express';
import { recipientIds } from '../../domain/recipients.ts';
import { notFound } from '../../platform/errors.ts';
import { currentNotice, type Notice, type NoticeKind, notice, noticeKinds } from '../../store/content/notice.ts';
import type { WebDeps } from '../deps.ts';
import { renderMarkdown } from './markdown.ts';

/** What visitors can read before and after they agree: the newest text, and every exact version. */
export function noticeRoutes(deps: Pick<WebDeps, 'db'>): Router {
  const router = Router();
  router.get('/privacy', showCurrent(deps, 'privacy'));
  router.get('/notice', showCurrent(deps, 'visiting'));
  router.get('/notices/:kind/:version', showVersion(deps));
  return router;
}

function showCurrent({ db }: Pick<WebDeps, 'db'>, kind: NoticeKind): RequestHandler {
  return async (_req, res) => show(res, await currentNotice(db, kind));
}

/** The version that somebody agreed to stays readable under its own address. */
function showVersion({ db }: Pick<WebDeps, 'db'>): RequestHandler {
  return async (req, res) => {
    const kind = noticeKinds.find((known) => known === req.params.kind);
    const { version } = req.params;
    if (!kind || typeof version !== 'string' || !/^[1-9]\d{0,5}$/.test(version)) throw notFound();
    const found = await notice(db, kind, Number(version));
    if (!found) throw notFound();
    show(res, found);
  };
}

function show(res: Response, shown: Notice): void {
  const { lang } = res.locals as { lang: keyof Notice['body'] };
  res.render('notices/notice', { notice: shown, html: renderMarkdown(shown.body[lang]), recipients: recipientIds });
}
