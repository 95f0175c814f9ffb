import { type Request, type Response, Router } from 'express';
import { maskName, maskPhone } from '../../domain/masking.ts';
import { foldName } from '../../domain/text.ts';
import { hasMember } from '../../store/companions/book-entry.ts';
import { findCompanion } from '../../store/companions/companion.ts';
import { announceReady } from '../../store/companions/companion-ready.ts';
import { findInvitation, join } from '../../store/companions/invitation.ts';
import { currentNotice } from '../../store/content/notice.ts';
import { lockActiveAccount } from '../../store/people/account-lock.ts';
import { giveConsent } from '../../store/people/consent.ts';
import { findPerson } from '../../store/people/person.ts';
import { readPhone } from '../../store/people/visitor.ts';
import type { WebDeps } from '../deps.ts';
import { saveSession } from '../middleware/sessions.ts';
import { channelOf } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';
import { leadName } from './book.ts';

declare module 'express-session' {
  interface SessionData {
    /** The invitation that this browser came by: its row. Ends with the joining. */
    joining: string;
  }
}

/**
 * `/join/<link>`: somebody takes their own place in a party. Their phone, their agreement, their details, each on the
 * usual page; then one tap. Only the invited number can take it, under the invited name.
 */
export function joinRoutes(deps: WebDeps): Router {
  const { db, index } = deps;
  const router = Router();

  router.get('/join/:token', async (req, res) => {
    const { token } = req.params;
    const good = /^[\w-]{32}$/.test(token);
    const invitation = good ? await findInvitation(db, { tokenHashes: index.every('join_token', token) }) : undefined;
    if (!invitation) return over(res);
    req.session.joining = invitation.id;
    req.session.keptAt ??= Date.now();
    await saveSession(req);
    res.redirect(303, '/join');
  });

  router.get('/join', async (req, res) => {
    const page = await readJoinPage(deps, req, res);
    if (!page) return over(res);
    res.render('companions/join', page);
  });

  router.post('/join', (req, res) => acceptInvitation(deps, req, res));
  return router;
}

type Step = 'phone' | 'other_phone' | 'consent' | 'profile' | 'guardian' | 'name' | 'ready';

interface JoinPage {
  step: Step;
  /** Masked: the lead's; and the invited one's, once the phone is proved. */
  lead: string;
  invited: string;
  phone: string;
  invitation: { id: string; companion: string; lead: string };
}

async function readJoinPage(
  { db, cipher, index }: WebDeps,
  req: Request,
  res: Response,
): Promise<JoinPage | undefined> {
  const { joining } = req.session;
  const invitation = joining ? await findInvitation(db, { id: joining }) : undefined;
  if (!invitation) return undefined;
  const lead = await leadName(db, cipher, invitation.lead);
  const at = (step: Step, more: Partial<JoinPage> = {}): JoinPage => ({
    step,
    lead,
    invited: '',
    phone: '',
    invitation,
    ...more,
  });
  const { visitor } = res.locals;
  if (!visitor) return at('phone');
  const phone = (await readPhone(db, cipher, visitor.id)) ?? '';
  if (!index.matches(invitation.phoneHash, 'phone', phone)) return at('other_phone', { phone: maskPhone(phone) });
  if (!visitor.consent) return at('consent');
  const person = await findPerson(db, cipher, visitor.id);
  if (!person) return at('profile');
  const { name = '' } = (await findCompanion(db, cipher, { lead: invitation.lead, id: invitation.companion })) ?? {};
  if (!isSameName(name, person.name)) return at('name', { invited: maskName(name) });
  return at(visitor.person?.needsGuardian ? 'guardian' : 'ready');
}

/** Spaces, dots between names and capitals make no other name. */
const isSameName = (a: string, b: string): boolean => {
  const plain = (name: string) => foldName(name).replace(/[.,']/g, '');
  return plain(a) === plain(b);
};

async function acceptInvitation(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const { db } = deps;
  const page = await readJoinPage(deps, req, res);
  if (!page) return over(res);
  // A child may take the place; the pass waits for the guardian.
  if (page.step !== 'ready' && page.step !== 'guardian') {
    res.status(422).render('companions/join', page);
    return;
  }
  const member: string = res.locals.visitor.id;
  const notice = await currentNotice(db, 'companion');
  const requests = await db.transaction(async (trx) => {
    await lockActiveAccount(trx, member);
    const invitation = await findInvitation(trx, { id: page.invitation.id }, true);
    if (!invitation) return undefined;
    const { companion, lead } = invitation;
    if (lead === member || (await hasMember(trx, { lead, member }))) return undefined;
    await join(trx, invitation, member);
    await giveConsent(trx, {
      visitor: member,
      notice,
      purpose: 'companion',
      channel: channelOf(req),
      subject: companion,
    });
    const subject = { kind: 'companion', id: companion } as const;
    await recordVisitor(deps, { req, res }, { action: 'companion_joined', subject }, trx);
    return announceReady(trx, deps, { member }, { kind: 'visitor', id: member });
  });
  if (!requests) return over(res);
  delete req.session.joining;
  await Promise.all(requests.map((request) => deps.delivery.deliver(request, 1_500)));
  res.render('companions/joined', { lead: page.lead, needsGuardian: page.step === 'guardian' });
}

/** Used, revoked, over or never made: one page, one sentence. */
const over = (res: Response): void => res.status(404).render('companions/join-over');
