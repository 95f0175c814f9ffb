import { randomUUID } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { findPerson, type PersonDetails, savePerson } from '../../store/person.ts';
import { keepRequest } from '../../store/request.ts';
import { findDraftOf } from '../../store/reservation.ts';
import { readPhone } from '../../store/visitor.ts';
import type { WebDeps } from '../deps.ts';
import { agreed, signedIn, whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';
import { personTexts, readPerson, readPersonTexts } from './person-form.ts';

/** 完善个人信息 */
export function profileRoutes(deps: WebDeps): Router {
  const { db, cipher } = deps;
  const router = Router();

  router.get('/profile', signedIn, agreed, async (_req, res) => {
    const { id, person: known } = whoVisits(res);
    const person = await findPerson(db, cipher, id);
    const phone = person ? person.phone : ((await readPhone(db, cipher, id)) ?? '');
    res.render('profile/profile', { texts: personTexts(person, phone), fields: {}, known: known !== null });
  });

  router.post('/profile', signedIn, agreed, async (req, res) => {
    const texts = readPersonTexts(req.body);
    const read = readPerson(texts);
    if (!read.ok) {
      res.status(422).render('profile/profile', { texts, fields: read.fields, known: whoVisits(res).person !== null });
      return;
    }
    const request = await keep(deps, { req, res }, read.details);
    if (request) await deps.delivery.deliver(request);
    res.redirect(303, '/');
  });
  return router;
}

/** The person, and where a draft waits for it the request that says so. @returns the request to deliver */
async function keep(
  deps: WebDeps,
  exchange: { req: Request; res: Response },
  details: PersonDetails,
): Promise<string | undefined> {
  const { id: visitor, consent } = whoVisits(exchange.res);
  return deps.db.transaction(async (trx) => {
    const person = await savePerson(trx, deps, visitor, details);
    await recordVisitor(
      deps,
      exchange,
      { action: 'profile_saved', subject: { kind: 'person', id: person.id }, detail: { version: person.version } },
      trx,
    );
    const draft = await findDraftOf(trx, visitor);
    if (!draft || !consent) return undefined;
    const request = randomUUID();
    await keepRequest(trx, {
      id: request,
      reservation: draft.id,
      kind: 'ready',
      actor: { kind: 'visitor', id: visitor },
      payload: { ready: { person: person.id, personVersion: person.version, consent } },
    });
    return request;
  });
}
