import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { credentialKinds, credentials, kindOfTyped } from '../../domain/credentials.ts';
import type { GatePlace } from '../../domain/feed.ts';
import { type Language, languages, type Translate } from '../../platform/i18n.ts';
import { answerScan, type Judge, refusal } from '../answer-scan.ts';
import type { CashDesk } from '../ask-cash.ts';
import type { Emergencies } from '../emergencies.ts';
import type { Guards } from '../guards.ts';
import type { Handovers } from '../handovers.ts';
import type { Credential } from '../read-credential.ts';
import { cashRoutes } from './cash.ts';
import { emergencyRoutes } from './emergency.ts';
import { entryRoutes } from './entries.ts';
import { cookieOptions, guardOf, language, readCookie, sameOrigin, sessionCookie, signedIn } from './guard.ts';
import { scanningHeaders } from './headers.ts';
import { type ConsoleSessions, sessionLifetime } from './sessions.ts';
import { shiftRoutes } from './shift.ts';
import { todayRoutes } from './today.ts';
import { answerView, blank } from './view.ts';

/**
 * The gate's own page: `/login`, `/` with scanner field, camera and answer, `POST /scans`. Works without JavaScript for
 * everything that is typed, also by a scanner that acts as a keyboard.
 */
export function consoleRoutes(parts: {
  judge: Judge;
  sessions: ConsoleSessions;
  guards: Pick<Guards, 'any' | 'name'>;
  handovers: Handovers;
  emergencies: Emergencies;
  cash: CashDesk;
  gate: string;
}): Router {
  const { judge, sessions, guards } = parts;
  const router = Router();
  const form = express.urlencoded({ extended: false, limit: '4kb', parameterLimit: 10 });
  router.use(language, sameOrigin, (_req, res, next) => {
    Object.assign(res.locals, { ...nameOf(judge.position.place(), parts.gate), languages, asked });
    res.set('Cache-Control', 'no-store');
    next();
  });

  router.get('/login', (_req, res) => res.render('login', { fault: undefined, username: '', own: guards.any() }));
  router.post('/login', form, async (req, res) => {
    const tried = loginShape.parse(req.body ?? {});
    const opened = await sessions.open({ ...tried, address: req.ip ?? '' });
    if (opened === undefined || opened === 'spent') {
      const fault = opened ? 'console.too_many' : guards.any() ? 'console.wrong_own' : 'console.wrong';
      res.status(opened ? 429 : 422).render('login', { fault, username: tried.username, own: guards.any() });
      return;
    }
    res.cookie(sessionCookie, opened, { ...cookieOptions(req), maxAge: sessionLifetime });
    res.redirect(303, '/');
  });
  router.post('/logout', (req, res) => {
    const id = readCookie(req, sessionCookie);
    if (id) sessions.close(id);
    res.clearCookie(sessionCookie, cookieOptions(req)).redirect(303, '/login');
  });

  router.get('/', scanningHeaders, signedIn(sessions), (_req, res) => res.render('page', blank(judge)));
  router.post('/scans', scanningHeaders, signedIn(sessions), form, (req, res) => answerForm(req, res, judge));
  // Loading the answer's page anew asks for nothing.
  router.get('/scans', (_req, res) => res.redirect(303, '/'));
  router.use(cashRoutes(parts), entryRoutes(parts), emergencyRoutes(parts), todayRoutes(parts), shiftRoutes(parts));
  return router;
}

/** A text that cannot be a secret counts as a wrong one. */
const loginShape = z.object({
  username: z.string().trim().max(100).catch(''),
  secret: z.string().max(200).catch(''),
});

const formShape = z.object({
  nonce: z.uuid(),
  credential: z.string().max(1_000),
  document: z.string().max(40).default(''),
  direction: z.enum(['in', 'out']).default('in'),
});

/** The whole page, or for the page's own script only the answer. */
function answerForm(req: Request, res: Response, judge: Judge): void {
  const typed = formShape.safeParse(req.body).data;
  const view = typed
    ? show(typed, judge, guardOf(res))
    : { ...blank(judge), answer: answerView(refusal('error'), judge, { nonce: '' }) };
  res.status(typed ? 200 : 400);
  res.render(req.get('x-fragment') ? 'answered' : 'page', view);
}

function show(typed: z.infer<typeof formShape>, judge: Judge, guard: string | undefined) {
  const credential = readTyped(typed.credential, typed.document);
  const { nonce, direction } = typed;
  const answered = answerScan({ device: 'console', nonce, direction, askedBy: 'console', guard, credential }, judge);
  // The guard then types the document only. A QR has changed by then and is scanned again.
  const again = answered.reason === 'id_required' && credentials[credential.kind].lasting;
  return {
    ...blank(judge),
    direction,
    answer: answerView(answered, judge, { again, nonce }),
    credential: again ? typed.credential : '',
  };
}

function readTyped(value: string, document: string): Credential {
  const kind = kindOfTyped(value);
  return document === '' ? { kind, value } : { kind, value, document };
}

/** How the one field is asked for: every kind of credential by name, and how to use it. */
const asked = (t: Translate, lang: Language) => ({
  names: new Intl.ListFormat(lang, { type: 'disjunction' }).format(
    credentialKinds.map((kind) => t(`credential.${kind}.name`)),
  ),
  how: credentialKinds.map((kind) => t(`credential.${kind}.how`)).join(lang === 'en' ? ' ' : ''),
});

/** Before the first contact with the feed the gate knows only its id. */
export const nameOf = (place: GatePlace | undefined, gate: string) => ({
  gateName: place?.gateName ?? { 'zh-CN': gate, en: gate },
  campusName: place?.campusName ?? { 'zh-CN': '', en: '' },
});
