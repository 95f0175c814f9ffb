import type { Request, RequestHandler, Response } from 'express';
import { ScimRefusal } from '../../domain/scim.ts';
import { tooMany } from '../../platform/errors.ts';
import { takeAttempt } from '../../store/people/attempt.ts';
import { findScimToken } from '../../store/staff/scim-token.ts';
import type { WebDeps } from '../deps.ts';
import { addressKey } from '../network.ts';

/** Whoever has no open token comes no further, and not often. A token is limited too. */
export function tokenOnly(deps: Pick<WebDeps, 'db' | 'index'>): RequestHandler {
  const { db, index } = deps;
  return async (req: Request, res: Response, next) => {
    const [, sent = ''] = /^Bearer ([\w-]{43})$/i.exec(req.get('authorization') ?? '') ?? [];
    const token = sent && (await findScimToken(db, sent));
    if (!token) {
      const limits = [{ most: 30, seconds: 15 * 60 }];
      const wait = await takeAttempt(db, [{ kind: 'scim_refused', key: addressKey(deps, req), limits }]);
      throw wait > 0 ? tooMany(wait) : new ScimRefusal(401, 'A token that an admin made is needed');
    }
    const limits = [{ most: 300, seconds: 60 }];
    const wait = await takeAttempt(db, [{ kind: 'scim', key: index.hash('scim_token', token), limits }]);
    if (wait > 0) {
      res.set('Retry-After', String(wait));
      throw tooMany(wait);
    }
    res.locals.scimToken = token;
    next();
  };
}

/** By which token the request came: its row, for the audit. */
export const tokenOf = (res: Response): string => res.locals.scimToken;
