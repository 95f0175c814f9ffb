import { type Request, type Response, Router } from 'express';
import { checkPhone } from '../../domain/phone.ts';
import { findNameProblem, normaliseName } from '../../domain/text.ts';
import { tooMany } from '../../platform/errors.ts';
import { addCompanion, renameCompanion } from '../../store/companions/book-entry.ts';
import { hasRoom } from '../../store/companions/book-room.ts';
import type { Companion } from '../../store/companions/companion.ts';
import { invite, revokeInvitations } from '../../store/companions/invitation.ts';
import { lockActiveAccount } from '../../store/people/account-lock.ts';
import { takeAttempt } from '../../store/people/attempt.ts';
import { openFromSession, sealForSession } from '../../store/people/session-secret.ts';
import { readPhone } from '../../store/people/visitor.ts';
import type { WebDeps } from '../deps.ts';
import { textsOf } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { saveSession } from '../middleware/sessions.ts';
import { agreed, complete, signedIn, whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';
import { bookPath, ownCompanion } from './book.ts';
import { tick } from './details.ts';

declare module 'express-session' {
  interface SessionData {
    /** The link that was just made, sealed: shown to the person who made it, and kept nowhere else. */
    invited: { companion: string; link: string };
  }
}

/** A lead may invite as many people as a bus holds, and not a telephone book. */
const invitations = [{ most: 60, seconds: 24 * 3600 }];

/**
 * Inviting somebody to join by an account of their own. The link is shown to be copied; nothing is sent to a stranger.
 * Whether a number is registered here is told to nobody: the answer is the same.
 */
export function invitationRoutes(deps: WebDeps): Router {
  const { db } = deps;
  const router = Router();

  router.get('/companions/invitations/new', signedIn, agreed, complete, (req, res) =>
    show(res, { name: '', phone: '', party: String(req.query.party ?? '') }),
  );

  router.post('/companions/invitations', signedIn, agreed, complete, async (req, res) => {
    const lead = whoVisits(res).id;
    const { name: typedName, phone: typedPhone, party } = textsOf(req.body, ['name', 'phone', 'party']);
    const name = normaliseName(typedName);
    const phone = checkPhone(typedPhone);
    const fields: Record<string, string> = {};
    const nameProblem = findNameProblem(name);
    if (nameProblem) fields.name = nameProblem;
    if (!phone.ok) fields.phone = phone.problem;
    else if (phone.phone === (await readPhone(db, deps.cipher, lead))) fields.phone = 'field.companion_self';
    const typed = { name: typedName, phone: typedPhone, party };
    if (!phone.ok || Object.keys(fields).length > 0) return show(res.status(422), { ...typed, fields });
    await mayInvite(deps, lead);
    const made = await db.transaction(async (trx) => {
      if (!(await hasRoom(trx, lead))) return 'full';
      const id = await addCompanion(trx, deps, lead, { name, phone: phone.phone, declared: null });
      if (!id) return undefined;
      const token = await invite(trx, deps.index, id);
      const subject = { kind: 'companion', id } as const;
      await recordVisitor(deps, { req, res }, { action: 'companion_invited', subject }, trx);
      await tick(deps, trx, lead, party, id);
      return { id, token };
    });
    if (made === 'full') return show(res.status(422), { ...typed, fields: { name: 'field.book_full' } });
    if (!made) return show(res.status(422), { ...typed, fields: { phone: 'field.companion_known' } });
    await showLink(deps, req, res, made, party);
  });

  /** Another link, for instance with the name corrected; the earlier one is worthless. */
  router.post('/companions/:id/invitation', signedIn, agreed, complete, async (req, res) => {
    const companion = await ownCompanion(deps, res, req.params.id);
    const { name: typedName, party } = textsOf(req.body, ['name', 'party']);
    if (companion.kind !== 'invited') return res.redirect(303, bookPath(party));
    const name = normaliseName(typedName) || companion.name;
    const problem = findNameProblem(name);
    if (problem) return showLinkOf(deps, req, res.status(422), companion, party, { name: typedName, problem });
    await mayInvite(deps, companion.lead);
    const token = await db.transaction(async (trx) => {
      await lockActiveAccount(trx, companion.lead);
      await renameCompanion(trx, deps.cipher, companion, name);
      const subject = { kind: 'companion', id: companion.id } as const;
      await recordVisitor(deps, { req, res }, { action: 'companion_invited', subject }, trx);
      return invite(trx, deps.index, companion.id);
    });
    await showLink(deps, req, res, { id: companion.id, token }, party);
  });

  router.get('/companions/:id/invitation', signedIn, agreed, complete, async (req, res) => {
    const companion = await ownCompanion(deps, res, req.params.id);
    showLinkOf(deps, req, res, companion, String(req.query.party ?? ''));
  });

  router.post('/companions/:id/invitation/revocation', signedIn, agreed, async (req, res) => {
    const companion = await ownCompanion(deps, res, req.params.id);
    const { party } = textsOf(req.body, ['party']);
    await db.transaction(async (trx) => {
      if (!(await revokeInvitations(trx, companion.id))) return;
      const subject = { kind: 'companion', id: companion.id } as const;
      await recordVisitor(deps, { req, res }, { action: 'invitation_revoked', subject }, trx);
    });
    res.redirect(303, `/companions/${companion.id}/invitation${isUuid(party) ? `?party=${party}` : ''}`);
  });
  return router;
}

async function mayInvite({ db, index }: WebDeps, lead: string): Promise<void> {
  const wait = await takeAttempt(db, [
    { kind: 'invitation', key: index.hash('attempt_invite', lead), limits: invitations },
  ]);
  if (wait > 0) throw tooMany(wait);
}

async function showLink(
  { settings, cipher }: WebDeps,
  req: Request,
  res: Response,
  { id, token }: { id: string; token: string },
  party: string,
): Promise<void> {
  const link = sealForSession(cipher, { use: 'invited', row: id }, `${settings.PUBLIC_URL}/join/${token}`);
  req.session.invited = { companion: id, link };
  await saveSession(req);
  res.redirect(303, `/companions/${id}/invitation${isUuid(party) ? `?party=${party}` : ''}`);
}

function showLinkOf(
  { cipher }: WebDeps,
  req: Request,
  res: Response,
  companion: Companion,
  party: string,
  typed: { name?: string; problem?: string } = {},
): void {
  const { invited } = req.session;
  const link =
    companion.invitedUntil && invited?.companion === companion.id
      ? openFromSession(cipher, { use: 'invited', row: companion.id }, invited.link)
      : undefined;
  res.render('companions/invited', {
    companion,
    link,
    problem: typed.problem,
    party: isUuid(party) ? party : '',
    name: typed.name ?? companion.name,
  });
}

function show(
  res: Response,
  form: { name: string; phone: string; party: string; fields?: Record<string, string> },
): void {
  res.render('companions/invite', { fields: {}, ...form, party: isUuid(form.party) ? form.party : '' });
}
