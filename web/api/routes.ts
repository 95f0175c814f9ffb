import { createHmac } from 'node:crypto';
import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { languages } from '../../platform/i18n.ts';
import { record } from '../../store/audit/audit.ts';
import type { WebDeps } from '../deps.ts';
import { asLanguage } from '../middleware/language.ts';
import { addressHash } from '../network.ts';
import { documentOf } from './document.ts';
import { callerOf, keyOnly } from './guard.ts';
import type { Answered, Call, Operation } from './operation.ts';
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
    const body = one.body ? [express.json({ limit: '64kb' })] : [];
    const path = `${top}${one.path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
    router[one.method](path, key, withScope(one), ...body, answer(deps, one));
  }
  router.use(top, () => {
    throw new ApiProblem('not_found');
  });
  router.use(top, problemAnswer(PUBLIC_URL));
  return router;
}

const withScope =
  ({ scope }: Operation): RequestHandler =>
  (_req, res, next) => {
    if (!callerOf(res).key.scopes.includes(scope)) throw new ApiProblem('scope_missing');
    next();
  };

/** Before the answer goes it is recorded: nothing is read without. */
const answer =
  (deps: WebDeps, one: Operation): RequestHandler =>
  async (req, res) => {
    const call = callOf(deps, one, req, res);
    const answered = await one.answerTo(call, { params: req.params, query: req.query, body: req.body });
    if (!answered.recorded) await recordRead(call, one, answered);
    res.status(one.status).set('Cache-Control', 'no-store').json(answered.answer);
  };

function callOf(deps: WebDeps, one: Operation, req: Request, res: Response): Call {
  const by = callerOf(res);
  const name = one.repeatable ? req.get('idempotency-key') : undefined;
  if (name !== undefined && !/^[\x21-\x7e]{1,200}$/.test(name))
    throw new ApiProblem('invalid', [{ in: 'header', field: 'Idempotency-Key', reason: 'invalid_format' }]);
  const hash = (...parts: string[]) => createHmac('sha256', by.secret).update(JSON.stringify(parts)).digest();
  return {
    deps,
    by,
    recorded: {
      actor: { kind: 'key', id: by.key.id },
      addressHash: addressHash(deps, req),
      requestId: String(req.id),
    },
    ...(name !== undefined && {
      once: (body: unknown) => ({ name: hash('name', one.id, name), body: hash('body', JSON.stringify(body)) }),
    }),
  };
}

async function recordRead(
  { deps, recorded }: Call,
  { id }: Operation,
  { subject = { kind: 'list', id: 'api' }, people = [], detail }: Answered,
): Promise<void> {
  const read = { ...recorded, action: 'api_read' } as const;
  await deps.db.transaction(async (trx) => {
    await record(trx, { ...read, subject, detail: { operation: id, ...detail } });
    for (const visit of people) {
      const of = { kind: 'reservation', id: visit } as const;
      await record(trx, { ...read, subject: of, detail: { operation: id, personal: true } });
    }
  });
}
