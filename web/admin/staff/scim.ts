import type { Request, RequestHandler, Response } from 'express';
import { notFound } from '../../../platform/errors.ts';
import { makeScimToken, openScimTokens, revokeScimToken } from '../../../store/staff/scim-token.ts';
import type { WebDeps } from '../../deps.ts';
import { isUuid } from '../../is-uuid.ts';
import { whoIs } from '../../staff/guard.ts';
import { recordAct } from '../../staff/recording.ts';
import { keepToShow, takeToShow } from '../../staff/shown-once.ts';

const path = '/admin/staff/scim';
const shown = 'token of SCIM';

/** `/admin/staff/scim`: tokens for the university's directory, which keeps accounts up by SCIM. */
export function showScim(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const token = await takeToShow(deps, req, shown);
    res.locals.path = path;
    res.render('admin/staff/scim', {
      tokens: await openScimTokens(deps.db),
      token,
      address: `${deps.settings.PUBLIC_URL}/scim/v2`,
    });
  };
}

export function makeToken(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const token = await deps.db.transaction(async (trx) => {
      const made = await makeScimToken(trx, whoIs(res).id);
      const subject = { kind: 'key', id: made.id } as const;
      await recordAct(deps, req, res, { action: 'scim_token_made', subject }, trx);
      return made.token;
    });
    await keepToShow(deps, req, shown, token);
    res.redirect(303, path);
  };
}

/** From this moment it opens nothing. */
export function revokeToken(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const { id } = req.params;
    if (!isUuid(id)) throw notFound();
    await deps.db.transaction(async (trx) => {
      if (!(await revokeScimToken(trx, id))) return;
      await recordAct(deps, req, res, { action: 'scim_token_revoked', subject: { kind: 'key', id } }, trx);
    });
    res.redirect(303, path);
  };
}
