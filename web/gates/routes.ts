import { type Response, Router } from 'express';
import { type FeedPage, feedHeaders, feedPageText, isTimely } from '../../domain/feed.ts';
import { noMark } from '../../domain/gate-guards.ts';
import { ringSigner } from '../../platform/ring-signer.ts';
import { createRefusals } from '../../store/audit/refusals.ts';
import { enteredElsewhere } from '../../store/gates/entered.ts';
import { readFeed } from '../../store/gates/feed.ts';
import { findEnrolledGate, recordContact } from '../../store/gates/gate.ts';
import { toldKeys } from '../../store/keys/public-keys.ts';
import { recordGateAhead } from '../../store/office/restore.ts';
import type { WebDeps } from '../deps.ts';
import { believedBy, isSignedBy, readFeedRequest, unwrittenAt } from './feed-request.ts';
import { tellGuards } from './guards.ts';

/**
 * `GET /gates/:id/feed?after=<position>&entered=<epoch milliseconds>&guards=<mark>`: machines only, authenticated by the gate's own key.
 * An unknown gate, a retired one and a wrong signature get the same answer.
 */
export function feedRoutes({
  db,
  keys,
  log,
  refusals = createRefusals(db, { log }),
}: Pick<WebDeps, 'db' | 'log'> & { keys: Pick<WebDeps['keys'], 'feed'>; refusals?: WebDeps['refusals'] }): Router {
  const signer = ringSigner(keys.feed);
  const router = Router();
  router.get('/gates/:id/feed', async (req, res) => {
    const request = readFeedRequest(req);
    const gate = request && (await findEnrolledGate(db, request.gate));
    if (!gate || !isSignedBy(gate, request)) {
      refusals.note({ action: 'gate_feed_refused', why: 'not_accepted', about: gate?.id });
      return refuse(res, 'not_accepted');
    }
    const now = Date.now();
    if (!isTimely(request, now)) return refuse(res, 'clock');

    const read = await readFeed(db, gate.id, request.after);
    await recordContact(db, {
      gate: gate.id,
      pulledThrough: request.after,
      forwardedThrough: new Date(request.forwarded),
      believed: believedBy(gate, request),
      disk: unwrittenAt(gate, request),
      clockAhead: request.time - now,
    });
    if (request.after > read.head) {
      await recordGateAhead(db, { gate: gate.id, through: request.after, head: read.head });
    }
    const page: FeedPage = {
      gate: gate.id,
      asked: request.time,
      from: request.after,
      place: gate.place,
      keys: await toldKeys(db),
      ...read,
      // Told unasked too: what the gate has is no part of what it signs, and somebody on the way may leave it out.
      guards: await tellGuards(db, gate, request.guards ?? noMark),
      ...(request.entered === undefined ? {} : { entered: await enteredElsewhere(db, gate.id, request.entered) }),
    };
    const body = JSON.stringify(page);
    const { keyId, sign } = signer();
    const signature = sign(Buffer.from(feedPageText(body))).toString('base64');
    res.set(feedHeaders.pageSignature, `${keyId}:${signature}`);
    res.set('Cache-Control', 'no-store').type('json').send(body);
  });
  return router;
}

/** `clock` is told only to a gate that proved itself, so that its operator can mend the clock. */
function refuse(res: Response, code: 'not_accepted' | 'clock'): void {
  res.status(401).set('Cache-Control', 'no-store').json({ code });
}
