import { type RequestHandler, type Response, Router } from 'express';
import { normaliseUsername } from '../../domain/username.ts';
import { notFound, tooMany } from '../../platform/errors.ts';
import { askForPassword } from '../../store/staff/forgotten-password.ts';
import { takeAskingTry } from '../../store/staff/login-limit.ts';
import { mails } from '../admin/staff/address.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { addressHash, addressKey, networkOf } from '../network.ts';
import { signInsOf } from './university/ways.ts';

/**
 * A forgotten password: its person asks for a link, which goes to their own address. Answer and work are the same for every
 * name: whether there is such an account is looked up by a worker, afterwards.
 */
export function forgottenRoutes(deps: WebDeps): Router {
  const { db, cipher, index, settings } = deps;
  const router = Router();
  const mailing: RequestHandler = (_req, _res, next) => {
    if (!mails(settings)) throw notFound();
    next();
  };

  router.get('/staff/forgotten', mailing, (req, res) => show(res, { asked: 'asked' in req.query }));

  router.post('/staff/forgotten', mailing, async (req, res) => {
    const typed = textOf(req.body, 'username');
    const username = normaliseUsername(typed);
    const problem = username === '' ? 'field.username_empty' : username.length > 64 ? 'field.too_long' : undefined;
    if (problem) return show(res.status(422), { username: typed, fields: { username: problem } });
    const pair = index.hash('staff_asking', `${username}\n${networkOf(req.ip)}`);
    const wait = await takeAskingTry(db, { pair, address: addressKey(deps, req) });
    if (wait > 0) {
      res.set('Retry-After', String(wait)).status(429);
      return show(res, { username: typed, problem: res.locals.t('error.too_many', tooMany(wait).params) });
    }
    await askForPassword(db, cipher, {
      username,
      issuers: signInsOf(settings).issuers,
      addressHash: addressHash(deps, req),
      requestId: String(req.id),
    });
    res.redirect(303, '/staff/forgotten?asked');
  });
  return router;
}

interface Page {
  username?: string;
  fields?: Record<string, string>;
  /** A sentence: nothing was asked for. */
  problem?: string;
  asked?: boolean;
}

function show(res: Response, { username = '', fields = {}, problem, asked = false }: Page): void {
  res.locals.path = '/staff/forgotten';
  res.locals.path = '/staff/forgotten';
  res.render('staff/forgotten', { username, fields, problem, asked });
}
