import { type Request, type Response, Router } from 'express';
import { needsGuardian } from '../../domain/age.ts';
import { announceReady } from '../../store/companions/companion-ready.ts';
import { findPerson, type PersonDetails, savePerson, withKnownPlates } from '../../store/people/person.ts';
import { readPhone } from '../../store/people/visitor.ts';
import { announceDraftReady } from '../../store/reservations/ready-draft.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { takeKept, waitingPath } from '../kept-form/keeping.ts';
import { agreed, guardianStep, signedIn, whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';
import { aboutPerson } from './about-person.ts';
import { asksOtherDocument, type PersonTexts, personTexts, readPerson, readPersonTexts } from './person-form.ts';
import { plateRoutes } from './plates.ts';

/** 完善个人信息 */
export function profileRoutes(deps: WebDeps): Router {
  const { db, cipher } = deps;
  const router = Router();

  router.get('/profile', signedIn, agreed, async (req, res) => {
    const kept = await takeKept(deps, req, res);
    if (kept) return show(deps, res, { texts: readPersonTexts(kept) });
    const { id } = whoVisits(res);
    const person = await findPerson(db, cipher, id);
    const phone = person ? person.phone : ((await readPhone(db, cipher, id)) ?? '');
    await show(deps, res, { texts: personTexts(person, phone) });
  });

  /** What another kind of document asks for, as a part of either form. Nothing is kept. */
  router.post('/profile/document', signedIn, agreed, (req, res) => {
    res.render('profile/document-fields', { texts: readPersonTexts(req.body), fields: {} });
  });

  router.post('/profile', signedIn, agreed, async (req, res) => {
    const texts = readPersonTexts(req.body);
    if (asksOtherDocument(req.body)) return show(deps, res, { texts });
    const read = readPerson(texts);
    if (!read.ok) return show(deps, res.status(422), { texts, fields: read.fields });
    const kept = await keep(deps, { req, res }, read.details);
    if (kept.request) await deps.delivery.deliver(kept.request);
    await Promise.all(kept.follow.map((request) => deps.delivery.deliver(request, 1_500)));
    const then = textOf(req.body, 'then');
    if (kept.isChild) return res.redirect(303, guardianStep);
    res.redirect(303, then ? afterwards(then) : (waitingPath(req) ?? '/'));
  });
  router.use(plateRoutes(deps));
  return router;
}

/** The rows 证件照片 and 人脸 keep what was typed before they lead to their page. */
const afterwards = (then: string): string => {
  if (then === 'plates') return '/profile/plates';
  return then === 'document' || then === 'face' ? `/profile/photos#${then}` : '/';
};

async function show(
  deps: WebDeps,
  res: Response,
  form: { texts: PersonTexts; fields?: Record<string, string> },
): Promise<void> {
  const { id, person: known } = whoVisits(res);
  const person = await findPerson(deps.db, deps.cipher, id);
  const about = await aboutPerson(deps, id, person);
  res.render('profile/profile', { fields: {}, ...form, about, known: known !== null });
}

/**
 * The person, and where a draft waits for it the request that says so. A child is kept too, but nothing goes on before a
 * guardian has agreed.
 */
async function keep(
  deps: WebDeps,
  exchange: { req: Request; res: Response },
  details: PersonDetails,
): Promise<{ isChild: boolean; request?: string; follow: string[] }> {
  const { id: visitor, consent } = whoVisits(exchange.res);
  return deps.db.transaction(async (trx) => {
    const whole = await withKnownPlates(trx, deps, visitor, { form: 'profile', details });
    const person = await savePerson(trx, deps, visitor, whole);
    await recordVisitor(
      deps,
      exchange,
      { action: 'profile_saved', subject: { kind: 'person', id: person.id }, detail: { version: person.version } },
      trx,
    );
    const isChild = needsGuardian(person);
    // Visits that awaited this person go on.
    const follow = await announceReady(trx, deps, { member: visitor }, { kind: 'visitor', id: visitor });
    const [request] = await announceDraftReady(trx, { visitor, person, consent });
    return { isChild, follow, ...(request && { request }) };
  });
}
