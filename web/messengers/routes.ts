import express, { type Request, type Response, Router } from 'express';
import type { CallbackAnswer } from '../../platform/messengers/messenger.ts';
import type { Messenger } from '../../platform/messengers.ts';
import type { WebDeps } from '../deps.ts';
import { takePress } from './press.ts';

/**
 * `/messengers/<messenger>`: machines only, verified over the raw bytes by the messenger's own signature. Each messenger that
 * is set up has one.
 */
export function messengerRoutes(deps: WebDeps): Router {
  const router = Router();
  for (const messenger of Object.values(deps.messengers)) {
    const path = `/messengers/${messenger.name}`;
    router.get(path, (req, res) => take(deps, messenger, req, res));
    router.post(path, express.raw({ type: () => true, limit: '64kb' }), (req, res) => take(deps, messenger, req, res));
  }
  return router;
}

async function take(deps: WebDeps, messenger: Messenger, req: Request, res: Response): Promise<void> {
  const { log } = deps;
  const { query, headers } = req;
  const method = req.method === 'POST' ? 'POST' : 'GET';
  const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
  const reading = messenger.read({ method, query, headers, body });
  if (reading.kind === 'answered') return send(res, reading.answer);
  if (reading.kind === 'refused') {
    log.warn({ messenger: messenger.name }, 'a callback of a messenger was not signed as it should be');
    return refuse(res);
  }
  const taken = await takePress(deps, req, messenger, reading.press);
  if (!taken) {
    log.warn({ messenger: messenger.name }, 'a button was pressed that is not of whoever pressed it');
    return refuse(res);
  }
  send(res, taken.answer);
  // The decision is kept; where this does not arrive, it is taken there again.
  if (taken.decided) await deps.delivery.deliver(taken.decided).catch(() => {});
}

const refuse = (res: Response): void => void res.status(403).type('text/plain').send('refused');

const send = (res: Response, { status = 200, type, body }: CallbackAnswer): void =>
  void res.status(status).set('Content-Type', type).send(body);
