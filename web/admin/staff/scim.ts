import type { Request, RequestHandler, Response } from 'express';
import { notFound } from '../../../platform/errors.ts';
import { makeScimToken, openScimTokens, revokeScimToken } from '../../../store/staff/scim-token.ts';
import type { WebDeps } from '../../deps.ts';
import { textOf } from '../../form-value.ts';
import { isUuid } from '../../is-uuid.ts';
import { whoIs } from '../../staff/guard.ts';
import { recordAct } from '../../staff/recording.ts';
import { keepToShow, takeToShow } from '../../staff/shown-once.ts';
import { nameLimit, readName } from './form.ts';

const path = '/admin/staff/scim';
const shown = 'token of SCIM';

/** `/admin/staff/scim`: tokens for the university's directory, which keeps accounts up by SCIM. */
export function showScim(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const token = await takeToShow(deps, req, shown);
    await show(deps, res, { token, isRevoked: textOf(req.query, 'saved') === 'revoked' });
  };
}

export function makeToken(deps: WebDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const { name: label, problem } = readName(textOf(req.body, 'label'));
    if (problem) return show(deps, res.status(422), { label, problem });
    const token = await deps.db.transaction(async (trx) => {
      const made = await makeScimToken(trx, { by: whoIs(res).id, label });
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
      const revoked = await revokeScimToken(trx, id);
      if (revoked === undefined) throw notFound();
      if (revoked) await recordAct(deps, req, res, { action: 'scim_token_revoked', subject: { kind: 'key', id } }, trx);
    });
    res.redirect(303, `${path}?saved=revoked`);
  };
}

interface Page {
  /** Shown once. */
  token?: string | undefined;
  isRevoked?: boolean;
  label?: string;
  problem?: string;
}

async function show({ db, settings }: WebDeps, res: Response, page: Page): Promise<void> {
  res.locals.path = path;
  res.render('admin/staff/scim', {
    ...page,
    tokens: await openScimTokens(db),
    address: `${settings.PUBLIC_URL}/scim/v2`,
    nameLimit,
  });
}
