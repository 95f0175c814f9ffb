import { type Request, type Response, Router } from 'express';
import { languages } from '../../platform/i18n.ts';
import { record } from '../../store/audit/audit.ts';
import type { WebDeps } from '../deps.ts';
import { asLanguage } from '../middleware/language.ts';
import { addressHash } from '../network.ts';
import { documentOf } from './document.ts';
import { callerOf, keyOnly } from './guard.ts';
import type { Answered, Operation } from './operation.ts';
import { operations } from './operations.ts';
import { ApiProblem, problemAnswer } from './problem.ts';

/** `/api/v1`: machines only. Other systems of the university, each by a key that an admin made. */
export function apiRoutes(deps: WebDeps): Router {
  const { PUBLIC_URL } = deps.settings;
  const router = Router();
  const top = '/api/v1';
  const documents = new Map(languages.map((one) => [one, JSON.stringify(documentOf(PUBLIC_URL, one))]));
  /** Anybody may read what can be asked for: it stands in the sources. */
  router.get(`${top}/openapi.json`, (req, res) => {
    res.type('json').send(documents.get(asLanguage(req.query.lang) ?? 'en'));
  });
  const key = keyOnly(deps);
  for (const one of operations) {
    router[one.method](`${top}${one.path.replaceAll(/\{(\w+)\}/g, ':$1')}`, key, async (req, res) => {
      if (!callerOf(res).key.scopes.includes(one.scope)) throw new ApiProblem('scope_missing');
      const call = { deps, by: callerOf(res) };
      const answered = await one.answerTo(call, { params: req.params, query: req.query });
      await recordRead(deps, { req, res }, one, answered);
      res.status(one.status).set('Cache-Control', 'no-store').json(answered.answer);
    });
  }
  router.use('/api/v1', () => {
    throw new ApiProblem('not_found');
  });
  router.use('/api/v1', problemAnswer(PUBLIC_URL));
  return router;
}

/** Before the answer goes: nothing is read without its record. */
async function recordRead(
  deps: WebDeps,
  { req, res }: { req: Request; res: Response },
  { id }: Operation,
  { subject = { kind: 'list', id: 'api' }, detail }: Answered,
): Promise<void> {
  await record(deps.db, {
    actor: { kind: 'key', id: callerOf(res).key.id },
    action: 'api_read',
    subject,
    detail: { operation: id, ...detail },
    addressHash: addressHash(deps, req),
    requestId: String(req.id),
  });
}
