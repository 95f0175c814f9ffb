import { type Request, type Response, Router } from 'express';
import { isChild, needsGuardian } from '../../domain/age.ts';
import { checkPhone } from '../../domain/phone.ts';
import { findNameProblem, normaliseName } from '../../domain/text.ts';
import { notFound, tooMany } from '../../platform/errors.ts';
import type { Language } from '../../platform/i18n.ts';
import { findCompanion } from '../../store/companions/companion.ts';
import { announceReady } from '../../store/companions/companion-ready.ts';
import { currentNotice } from '../../store/content/notice.ts';
import { lockActiveAccount } from '../../store/people/account-lock.ts';
import { takeAttempt } from '../../store/people/attempt.ts';
import { giveConsent } from '../../store/people/consent.ts';
import { addGuardian, giveCompanionGuardian } from '../../store/people/guardian.ts';
import { findPerson, giveGuardian } from '../../store/people/person.ts';
import { hasOpenCode, redeemCode } from '../../store/people/phone-code.ts';
import { readPhone } from '../../store/people/visitor.ts';
import { announceDraftReady } from '../../store/reservations/ready-draft.ts';
import { bookPath } from '../companions/book.ts';
import type { WebDeps } from '../deps.ts';
import { codeTyped, isTicked, textOf, textsOf } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { waitingPath } from '../kept-form/keeping.ts';
import { addressKey } from '../network.ts';
import { renderMarkdown } from '../notices/markdown.ts';
import { askChallenge, takeChallenge } from '../register/challenge.ts';
import { limitOf, needsChallenge, sendCode } from '../register/sending.ts';
import { codeOwner } from '../register/session.ts';
import { agreed, channelOf, signedIn, whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';

/** Tries of codes from one address, over all phones: as many as for logins. */
const codeTries = [{ most: 60, seconds: 3600 }];

/**
 * A guardian agrees for a child under fourteen (PIPL art. 31), with a code on a phone of their own, typed on the child's
 * or the lead's screen. Before that nobody gets a pass.
 */
export function guardianRoutes(deps: WebDeps): Router {
  const router = Router();

  router.get('/guardians/new', signedIn, agreed, async (req, res) => {
    const child = await findChild(deps, res, req.query.for);
    if (!child.waits) return res.redirect(303, onward(req, child, String(req.query.party ?? '')));
    await show(deps, req, res, child);
  });

  router.post('/guardians/code', signedIn, agreed, async (req, res) => {
    const child = await findChild(deps, res, textOf(req.body, 'for'));
    const phone = checkPhone(textOf(req.body, 'phone'));
    const problem = phone.ok ? await findPhoneProblem(deps, res, child, phone.phone) : phone.problem;
    if (!phone.ok || problem) return show(deps, req, res.status(422), child, { fields: { phone: problem ?? '' } });
    if (await needsChallenge(deps, req, phone.phone)) {
      const answer = textOf(req.body, 'challenge');
      if (!takeChallenge(req, answer)) {
        const fields = { challenge: answer ? 'field.challenge_wrong' : 'field.challenge_empty' };
        return show(deps, req, res.status(422), child, { fields });
      }
    }
    const sending = await sendCode(deps, req, phone.phone, 'guardian');
    if (sending.result === 'limited') {
      res.set('Retry-After', String(sending.wait));
      return show(deps, req, res.status(429), child, { problem: limitOf(sending) });
    }
    if (sending.result === 'failed') {
      return show(deps, req, res.status(503), child, { problem: { key: sending.problem } });
    }
    req.session.codesSent = (req.session.codesSent ?? 0) + 1;
    await show(deps, req, res, child, { sent: true });
  });

  router.post('/guardians', signedIn, agreed, (req, res) => agree(deps, req, res));
  return router;
}

interface Child {
  /** `person`: whose account this is; else a row of the lead's book. */
  subject: string;
  /** Row that the agreement speaks for. */
  id: string;
  name: string;
  /** As the lead typed it; of an account nobody typed it. */
  phone: string | null;
  waits: boolean;
}

/** @throws AppError 404 */
async function findChild({ db, cipher }: WebDeps, res: Response, subject: unknown): Promise<Child> {
  const { id: visitor } = whoVisits(res);
  if (subject === 'person') {
    const person = await findPerson(db, cipher, visitor);
    if (!person) throw notFound();
    return { subject, id: person.id, name: person.name, phone: null, waits: needsGuardian(person) };
  }
  const companion = isUuid(subject) ? await findCompanion(db, cipher, { lead: visitor, id: subject }) : undefined;
  // For a child with an account, the guardian agrees there.
  if (companion?.kind !== 'declared') throw notFound();
  const { id, name, phone, state } = companion;
  return { subject: id, id, name, phone, waits: state === 'guardian' };
}

async function agree(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const { db, index } = deps;
  const { id: visitor, consent: own } = whoVisits(res);
  const child = await findChild(deps, res, textOf(req.body, 'for'));
  const party = textOf(req.body, 'party');
  if (!child.waits) return res.redirect(303, onward(req, child, party));
  const notice = await currentNotice(db, 'minors');
  const name = normaliseName(textOf(req.body, 'name'));
  const phone = checkPhone(textOf(req.body, 'phone'));
  const code = codeTyped(req.body);
  const fields: Record<string, string> = {};
  const nameProblem = findNameProblem(name);
  if (nameProblem) fields.name = nameProblem;
  const phoneProblem = phone.ok ? await findPhoneProblem(deps, res, child, phone.phone) : phone.problem;
  if (phoneProblem) fields.phone = phoneProblem;
  if (code === '') fields.code = 'field.code_empty';
  if (!isTicked(req.body, 'agree', notice.id)) fields.agree = 'field.guardian_agreement_needed';
  if (!phone.ok || Object.keys(fields).length > 0) return show(deps, req, res.status(422), child, { fields });

  const wait = await takeAttempt(db, [{ kind: 'code_try', key: addressKey(deps, req), limits: codeTries }]);
  if (wait > 0) throw tooMany(wait);
  if (!(await redeemCode(db, index, codeOwner(deps, req, phone.phone, 'guardian'), code))) {
    return show(deps, req, res.status(422), child, { fields: { code: 'field.code_wrong' } });
  }
  const actor = { kind: 'visitor', id: visitor } as const;
  const requests = await db.transaction(async (trx) => {
    await lockActiveAccount(trx, visitor);
    const agreement = { visitor, notice, purpose: 'guardian', channel: channelOf(req), subject: child.id } as const;
    const consent = await giveConsent(trx, agreement);
    const guardian = await addGuardian(trx, deps, { visitor, name, phone: phone.phone, consent });
    const kind = child.subject === 'person' ? 'person' : 'companion';
    await recordVisitor(
      deps,
      { req, res },
      { action: 'guardian_agreed', subject: { kind, id: child.id }, detail: { consent } },
      trx,
    );
    if (kind === 'companion') {
      await giveCompanionGuardian(trx, { lead: visitor, companion: child.id, guardian });
      return announceReady(trx, deps, { lead: visitor, companion: child.id }, actor);
    }
    await giveGuardian(trx, visitor, guardian);
    const person = await findPerson(trx, deps.cipher, visitor);
    const ready = person ? await announceDraftReady(trx, { visitor, person, consent: own }) : [];
    return [...ready, ...(await announceReady(trx, deps, { member: visitor }, actor))];
  });
  await Promise.all(requests.map((request) => deps.delivery.deliver(request, 1_500)));
  res.redirect(303, onward(req, child, party));
}

/** A child's own number proves no guardian: neither this child's nor that of a lead who is a child too. */
async function findPhoneProblem(
  deps: WebDeps,
  res: Response,
  child: Child,
  phone: string,
): Promise<string | undefined> {
  const { id } = whoVisits(res);
  if (phone === child.phone) return 'field.guardian_own_phone';
  if (phone !== (await readPhone(deps.db, deps.cipher, id))) return undefined;
  const owner = await findPerson(deps.db, deps.cipher, id);
  return owner && isChild(owner.birthDay) ? 'field.guardian_own_phone' : undefined;
}

function onward(req: Request, child: Child, party: string): string {
  if (child.subject !== 'person') return bookPath(party);
  return waitingPath(req) ?? '/';
}

interface State {
  fields?: Record<string, string>;
  problem?: { key: string; params?: Record<string, number> };
  sent?: boolean;
}

async function show(deps: WebDeps, req: Request, res: Response, child: Child, state: State = {}): Promise<void> {
  const { db } = deps;
  const notice = await currentNotice(db, 'minors');
  const texts = textsOf(req.body, ['name', 'phone', 'agree', 'party']);
  const phone = checkPhone(texts.phone);
  const owner = phone.ok ? codeOwner(deps, req, phone.phone, 'guardian') : undefined;
  const asks = await needsChallenge(deps, req, phone.ok ? phone.phone : '');
  const language: Language = res.locals.lang;
  const party = String(req.query.party ?? texts.party);
  res.render('guardians/new', {
    subject: child.subject,
    child: child.name,
    texts,
    notice,
    html: renderMarkdown(notice.body[language]),

    fields: state.fields ?? {},
    problem: state.problem,
    sent: state.sent ?? false,
    waiting: owner !== undefined && (await hasOpenCode(db, owner)),
    challenge: asks ? askChallenge(req) : undefined,
    ticked: texts.agree === notice.id,
    party: isUuid(party) ? party : '',
    back: child.subject === 'person' ? '/profile' : bookPath(party),
  });
}
