import express, { type Response, Router } from 'express';
import { isTimely } from '../../domain/feed.ts';
import {
  type EnrolmentState,
  enrolmentAsk,
  enrolmentAskText,
  enrolmentLook,
  enrolmentLookText,
} from '../../domain/gate-enrolment.ts';
import { canBeSealedTo } from '../../platform/sealing.ts';
import { createVerifier } from '../../platform/signing.ts';
import { takeEnrolmentTry } from '../../store/gates/code-limit.ts';
import { type AskedEnrolment, askEnrolment, findEnrolment } from '../../store/gates/enrolment-code.ts';
import type { WebDeps } from '../deps.ts';
import { addressKey } from '../network.ts';

type Deps = Pick<WebDeps, 'db' | 'index' | 'refusals'>;

/**
 * `POST /gates/enrolments` and `POST /gates/enrolments/answers`: a box that is no gate yet. It proves the keys that it names; what makes
 * them a gate's is an admin who typed its code. An unknown code and a wrong signature get the same answer.
 */
export function enrolmentRoutes(deps: Deps): Router {
  const { db } = deps;
  const router = Router();
  const json = express.json({ type: () => true, limit: '2kb' });

  router.post('/gates/enrolments', json, async (req, res) => {
    const ask = enrolmentAsk.safeParse(req.body).data;
    if (!ask) return malformed(res);
    const pair = { identityKey: read(ask.identityKey), sealingKey: read(ask.sealingKey) };
    if (!canBeSealedTo(pair.sealingKey) || pair.identityKey.equals(pair.sealingKey)) return malformed(res);
    if (!isProved(ask, { by: pair.identityKey, text: enrolmentAskText(ask) })) return notAccepted(deps, res);
    if (!isTimely(ask, Date.now())) return answer(res, 401, { code: 'clock' });
    const wait = await takeEnrolmentTry(db, addressKey(deps, req));
    if (wait > 0) return answer(res.set('Retry-After', String(wait)), 429, { code: 'too_many' });
    const asked = await askEnrolment(db, read(ask.codeHash), pair);
    if (!asked) return notAccepted(deps, res);
    answer(res, 200, stateOf(asked));
  });

  router.post('/gates/enrolments/answers', json, async (req, res) => {
    const look = enrolmentLook.safeParse(req.body).data;
    if (!look) return malformed(res);
    const asked = await findEnrolment(db, read(look.codeHash));
    if (!asked || !isProved(look, { by: asked.identityKey, text: enrolmentLookText(look) }))
      return notAccepted(deps, res);
    if (!isTimely(look, Date.now())) return answer(res, 401, { code: 'clock' });
    answer(res, 200, stateOf(asked));
  });
  return router;
}

const read = (text: string): Buffer => Buffer.from(text, 'base64');

const isProved = ({ signature }: { signature: string }, { by, text }: { by: Buffer; text: string }): boolean =>
  createVerifier(by)(Buffer.from(text), read(signature));

function stateOf({ state, expiresAt, answer: sealed }: AskedEnrolment): EnrolmentState {
  if (state === 'waiting') return { state, expiresAt: expiresAt.getTime() };
  if (state === 'confirmed') return { state, sealed: sealed?.toString('base64') ?? '' };
  return { state };
}

function notAccepted({ refusals }: Deps, res: Response): void {
  refusals.note({ action: 'gate_enrolment_refused', why: 'not_accepted' });
  answer(res, 401, { code: 'not_accepted' });
}
const malformed = (res: Response): void => answer(res, 400, { code: 'malformed' });

function answer(res: Response, status: number, body: object): void {
  res.status(status).set('Cache-Control', 'no-store').json(body);
}
