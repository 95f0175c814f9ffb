import { randomUUID } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { documentTail, isDocumentTail } from '../../domain/identity-number.ts';
import { maskPhone } from '../../domain/masking.ts';
import { normaliseIdentifier } from '../../domain/text.ts';
import { tooMany } from '../../platform/errors.ts';
import { currentNotice } from '../../store/content/notice.ts';
import { takeAttempt } from '../../store/people/attempt.ts';
import { hasDocumentTail } from '../../store/people/person.ts';
import { openFromSession, sealForSession } from '../../store/people/session-secret.ts';
import type { WebDeps } from '../deps.ts';
import { isTicked, textOf } from '../form-value.ts';
import { lostSession } from '../middleware/sessions.ts';
import { pendingOpenid } from '../wechat/routes.ts';
import { rememberSettled, settleAgain } from './again.ts';
import { type Entered, settleIdle } from './entering.ts';

/** How it goes on: signed in, and where an earlier answer to the same form led. */
interface Next {
  enter(req: Request, res: Response, entered: Entered, back: string): Promise<void>;
  goOn(req: Request, res: Response, back: string): void;
}

const lifetime = 10 * 60_000;
/** The present owner of the number must not find out the document by trying, and nobody else with a session that is gone. */
const tailTries = [{ most: 5, seconds: 24 * 3600 }];

/**
 * `/register/earlier`: the phone is proved, but its account lay idle for long. The document's last six characters open
 * it; without them a fresh account is opened, and the old one stays closed.
 */
export function idleRoutes(deps: WebDeps, next: Next): Router {
  const { db, index, cipher } = deps;
  const router = Router();

  router.get('/register/earlier', (req, res) => {
    if (!waitingIdle(deps, req)) return res.redirect(303, '/register');
    show(deps, req, res);
  });

  router.post('/register/earlier', async (req, res) => {
    const waiting = waitingIdle(deps, req);
    if (!waiting) return comeAgain(req, res);
    const proof = { phone: waiting.phone, terms: await currentNotice(db, 'terms'), openid: pendingOpenid(req, cipher) };
    const settle = async (isSame: boolean) => {
      const entered = await settleIdle(deps, { req, res }, proof, { visitor: waiting.visitor, isSame });
      rememberSettled(deps, req, saidBy(req), waiting.back);
      await next.enter(req, res, entered, waiting.back);
    };
    if (isTicked(req.body, 'fresh')) return settle(false);

    const tail = tailOf(req);
    if (!isDocumentTail(tail)) return show(deps, req, res, 'field.document_tail_invalid');
    const wait = await takeAttempt(db, [
      { kind: 'idle_tail', key: index.hash('attempt_idle', waiting.visitor), limits: tailTries },
    ]);
    if (wait > 0) throw tooMany(wait);
    if (!(await hasDocumentTail(db, index, waiting.visitor, tail)))
      return show(deps, req, res, 'field.document_tail_wrong');
    await settle(true);
  });

  /** Nothing waits here: it was settled, and the answer was lost on the way; else everything begins anew. */
  async function comeAgain(req: Request, res: Response): Promise<void> {
    const before = lostSession(req);
    if (before === undefined) return res.redirect(303, '/register');
    const wait = await takeAttempt(db, [
      { kind: 'idle_tail', key: index.hash('attempt_idle', before), limits: tailTries },
    ]);
    if (wait > 0) throw tooMany(wait);
    const opened = await settleAgain(deps, req, saidBy(req));
    const { settled } = req.session;
    if (!opened || !settled) return res.redirect(303, '/register');
    next.goOn(req, res, settled.back);
  }
  return router;
}

const tailOf = (req: Request): string => documentTail(normaliseIdentifier(textOf(req.body, 'document_tail')));
const saidBy = (req: Request): string => (isTicked(req.body, 'fresh') ? 'fresh' : `tail ${tailOf(req)}`);

/** Keeps that this session proved the phone of an idle account; the session's row is plain, so the phone is sealed. */
export function rememberIdle(
  { cipher }: Pick<WebDeps, 'cipher'>,
  req: Request,
  { visitor, phone, back }: { visitor: string; phone: string; back: string },
): void {
  const id = randomUUID();
  const sealed = sealForSession(cipher, { use: 'idle', row: id }, phone);
  req.session.idle = { visitor, id, phone: sealed, until: Date.now() + lifetime, back };
}

function waitingIdle({ cipher }: Pick<WebDeps, 'cipher'>, req: Request) {
  const { idle } = req.session;
  if (!idle || idle.until < Date.now()) return undefined;
  return {
    visitor: idle.visitor,
    phone: openFromSession(cipher, { use: 'idle', row: idle.id }, idle.phone),
    back: idle.back,
  };
}

function show(deps: WebDeps, req: Request, res: Response, problem?: string): void {
  const waiting = waitingIdle(deps, req);
  res.locals.path = '/register/earlier';
  res.status(problem ? 422 : 200).render('register/earlier', {
    phone: maskPhone(waiting?.phone ?? ''),
    problem,
    tail: textOf(req.body, 'document_tail'),
  });
}
