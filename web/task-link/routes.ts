import { createHash, randomBytes } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { normaliseText } from '../../domain/text.ts';
import { normaliseUsername } from '../../domain/username.ts';
import { AppError, notFound } from '../../platform/errors.ts';
import { announcedTask } from '../../store/approval/announced-task.ts';
import { seenByLink, writeSeen } from '../../store/approval/seen.ts';
import { findTaskLink, type TaskLink, takeLinkTry } from '../../store/approval/task-link.ts';
import { refusalReasons } from '../../store/content/refusal-reason.ts';
import { cookieName, cookieOptions, readCookie } from '../cookies.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { checkDecision, refusedReason, type Verdict, verdictOf } from '../inbox/answers/decide.ts';
import { ShownOtherwise, shownTo } from '../inbox/seen.ts';
import { addressHash } from '../network.ts';
import { decideByLink } from './decide.ts';

/**
 * `/t/:token`: one person decides one task from their mail, without a login. A GET only shows. A POST decides when its
 * form was drawn for this very browser, a verdict was chosen and the person's user name typed: the mail and the page hold
 * neither, so that a scanner which opens links, presses buttons and sends forms decides nothing.
 */
export function taskLinkRoutes(deps: WebDeps): Router {
  const router = Router();

  router.get('/t/:token', async (req, res) => {
    const link = await linkOf(deps, req);
    await show(deps, req, res, link);
  });

  router.post('/t/:token', async (req, res) => {
    const link = await linkOf(deps, req);
    const typed = { username: normaliseUsername(textOf(req.body, 'username')), ...said(req) };
    if (!link.good) return answerLate(deps, { req, res }, link, typed);
    if (textOf(req.body, 'mark') !== markOf(deps, req)) return show(deps, req, res.status(403), link, { typed });
    const listed = await refusalReasons(deps.db);
    const fields = {
      ...(!typed.verdict && { verdict: 'field.choose' }),
      ...(typed.username === '' && { username: 'field.username_empty' }),
      ...(typed.verdict && checkDecision({ ...typed, verdict: typed.verdict }, listed)),
    };
    if (!typed.verdict || Object.keys(fields).length > 0) {
      return show(deps, req, res.status(422), link, { typed, fields });
    }
    if (!(await takeLinkTry(deps.db, link.id)) || typed.username !== link.username) {
      const now = await linkOf(deps, req);
      return show(deps, req, res.status(422), now, { typed, fields: { username: 'field.link_username' } });
    }
    const refusedFor = refusedReason(typed.verdict, typed.refusedFor, listed);
    const answer = { verdict: typed.verdict, reason: typed.reason, ...(refusedFor && { refusedFor }) };
    const kept = await decideByLink(deps, {
      token: tokenOf(req),
      channel: 'mail',
      answer,
      shown: shownTo(req),
      seenBy: seenByLink,
      way: ({ sentTo }) => ({ link_sent_to: sentTo }),
      from: { addressHash: addressHash(deps, req), requestId: String(req.id) },
    }).catch((error) => {
      if (error instanceof ShownOtherwise) return 'changed' as const;
      throw error;
    });
    if (kept === 'changed') return show(deps, req, res.status(409), await linkOf(deps, req), { typed, changed: true });
    if (!kept) return answerLate(deps, { req, res }, await linkOf(deps, req), typed);
    await deps.delivery.deliver(link.id);
    res.redirect(303, `/t/${tokenOf(req)}`);
  });
  return router;
}

/** A link that is over decides nothing more, and says so. What it decided already is the answer to the same form once more. */
async function answerLate(
  deps: WebDeps,
  { req, res }: { req: Request; res: Response },
  link: TaskLink,
  typed: { verdict: Verdict | undefined; reason: string },
) {
  const { decided, staff } = link;
  const own = decided?.staff === staff;
  // Its first answer was lost, or two taps came.
  if (own && decided?.verdict === typed.verdict) return res.redirect(303, `/t/${tokenOf(req)}`);
  await show(deps, req, res.status(own ? 409 : 410), link, { unsent: typed.reason, late: true });
}

const tokenOf = (req: Request): string => String(req.params.token);

const said = (req: Request) => ({
  verdict: verdictOf(textOf(req.body, 'verdict')),
  refusedFor: textOf(req.body, 'refused_for'),
  reason: normaliseText(textOf(req.body, 'reason')),
});

/** @throws AppError 404 */
async function linkOf({ db, settings }: WebDeps, req: Request): Promise<TaskLink> {
  const token = tokenOf(req);
  const link = /^[\w-]{43}$/.test(token) ? await findTaskLink(db, token) : undefined;
  if (!link || (link.demo && settings.XIAOMEN_MODE !== 'demo')) throw notFound();
  return link;
}

interface LinkPage {
  typed?: { username?: string; verdict?: Verdict | undefined; refusedFor?: string; reason?: string };
  fields?: Record<string, string>;
  /** What was decided on is not what the page had shown. */
  changed?: boolean;
  /** A form came that decides nothing any more. */
  late?: boolean;
  /** Its reason. */
  unsent?: string;
}

async function show(
  deps: WebDeps,
  req: Request,
  res: Response,
  link: TaskLink,
  { typed = {}, fields = {}, changed = false, late = false, unsent = '' }: LinkPage = {},
) {
  const task = await announcedTask(deps.db, deps.cipher, link.task);
  // Our own pages and nobody else's learn not more than the site's name from a link on it.
  res.set({ 'Referrer-Policy': 'strict-origin', 'X-Robots-Tag': 'noindex' });
  res.locals.path = `/t/${tokenOf(req)}`;
  res.render('task-link/link', {
    link,
    task,
    typed: { ...typed, refused_for: typed.refusedFor },
    fields,
    changed,
    late,
    unsent,
    reasons: await refusalReasons(deps.db),
    seen: task ? writeSeen(seenByLink(task)) : '',
    own: link.decided?.staff === link.staff,
    browserMark: link.good ? giveMark(deps, req, res) : '',
    to: `/t/${tokenOf(req)}`,
  });
}

/** A mark of this browser and this link: a form that was not drawn here is not taken. */
function giveMark(deps: WebDeps, req: Request, res: Response): string {
  const { PUBLIC_URL: site } = deps.settings;
  const name = cookieName('link', site);
  const value = readCookie(req.headers.cookie, name) ?? randomBytes(32).toString('base64url');
  res.cookie(name, value, { ...cookieOptions(site), sameSite: 'strict', maxAge: 3_600_000 });
  return mark(value, tokenOf(req));
}

function markOf(deps: WebDeps, req: Request): string {
  const value = readCookie(req.headers.cookie, cookieName('link', deps.settings.PUBLIC_URL));
  if (!value) throw new AppError('link_cookie', { status: 403 });
  return mark(value, tokenOf(req));
}

const mark = (cookie: string, token: string): string =>
  createHash('sha256').update(`${cookie}.${token}`).digest('base64url');
