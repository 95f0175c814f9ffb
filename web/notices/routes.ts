import { type RequestHandler, type Response, Router } from 'express';
import { messengerOf } from '../../domain/messengers.ts';
import { recipientIds } from '../../domain/recipients.ts';
import { notFound } from '../../platform/errors.ts';
import { currentNotice, type Notice, type NoticeKind, notice, noticeKinds } from '../../store/content/notice.ts';
import type { WebDeps } from '../deps.ts';
import { renderMarkdown } from './markdown.ts';

type Deps = Pick<WebDeps, 'db' | 'messengers'>;

/** What visitors can read before and after they agree: the newest text, and every exact version. */
export function noticeRoutes(deps: Deps): Router {
  const router = Router();
  router.get('/privacy', showCurrent(deps, 'privacy'));
  router.get('/notice', showCurrent(deps, 'visiting'));
  router.get('/notices/:kind/:version', showVersion(deps));
  return router;
}

function showCurrent(deps: Deps, kind: NoticeKind): RequestHandler {
  return async (_req, res) => show(deps, res, await currentNotice(deps.db, kind));
}

/** The version that somebody agreed to stays readable under its own address. */
function showVersion(deps: Deps): RequestHandler {
  return async (req, res) => {
    const kind = noticeKinds.find((known) => known === req.params.kind);
    const { version } = req.params;
    if (!kind || typeof version !== 'string' || !/^[1-9]\d{0,5}$/.test(version)) throw notFound();
    const found = await notice(deps.db, kind, Number(version));
    if (!found) throw notFound();
    show(deps, res, found);
  };
}

function show({ messengers }: Deps, res: Response, shown: Notice): void {
  const { lang } = res.locals as { lang: keyof Notice['body'] };
  // Of messengers those that this university has set up: no other is told anything.
  const recipients = recipientIds.filter((id) => {
    const messenger = messengerOf(id);
    return !messenger || messengers[messenger];
  });
  res.render('notices/notice', { notice: shown, html: renderMarkdown(shown.body[lang]), recipients });
}
