import type { Request, RequestHandler, Response } from 'express';
import { tooMany } from '../../platform/errors.ts';
import { type ApiKey, findApiKey } from '../../store/api/key.ts';
import { allDepartments } from '../../store/content/content.ts';
import { departmentsBelow } from '../../store/content/department-tree.ts';
import { takeAttempt } from '../../store/people/attempt.ts';
import type { WebDeps } from '../deps.ts';
import { addressKey } from '../network.ts';
import { ApiProblem } from './problem.ts';

/** Who asks: a key, and the departments that it sees; left out: all. */
export interface Caller {
  key: ApiKey;
  /** The key itself, which nothing keeps. */
  secret: string;
  departments?: string[];
}

/** How much one key may ask for. */
export const keyLimits = [{ most: 300, seconds: 60 }];
const refusedLimits = [{ most: 30, seconds: 15 * 60 }];

/** Nobody without an open key comes further, and tries of one are few. A key is limited too. */
export function keyOnly(deps: Pick<WebDeps, 'db' | 'index'>): RequestHandler {
  const { db, index } = deps;
  return async (req: Request, res: Response, next) => {
    const [, sent = ''] = /^Bearer (xm_[\w-]{43})$/i.exec(req.get('authorization') ?? '') ?? [];
    const key = sent ? await findApiKey(db, sent) : undefined;
    const budget = key
      ? { kind: 'api', key: index.hash('api_key', key.id), limits: keyLimits }
      : { kind: 'api_refused', key: addressKey(deps, req), limits: refusedLimits };
    const wait = await takeAttempt(db, [budget]);
    if (wait > 0) {
      res.set('Retry-After', String(wait));
      throw tooMany(wait);
    }
    if (!key) throw new ApiProblem('key_missing');
    const below = key.department && departmentsBelow(await allDepartments(db), key.department);
    res.locals.caller = { key, secret: sent, ...(below && { departments: below }) } satisfies Caller;
    next();
  };
}

export const callerOf = (res: Response): Caller => res.locals.caller;
