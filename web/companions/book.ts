import { type Request, type Response, Router } from 'express';
import { maskName, maskPhone } from '../../domain/masking.ts';
import { checkPhone } from '../../domain/phone.ts';
import { notFound } from '../../platform/errors.ts';
import { hasRoom } from '../../store/companions/book-room.ts';
import { type Companion, findCompanion, readBook, readCompanions } from '../../store/companions/companion.ts';
import { takeOut } from '../../store/companions/companion-ready.ts';
import { removeCompanion, removedLately, restoreCompanion } from '../../store/companions/removal.ts';
import { goneByWish } from '../../store/elsewhere/kept.ts';
import { withdrawConsents } from '../../store/people/consent.ts';
import { findPerson } from '../../store/people/person.ts';
import type { WebDeps } from '../deps.ts';
import { isTicked, textOf } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { agreed, complete, signedIn, whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';
import { formPath, roomFor } from './for-change.ts';
import { keepTicks, ownParty } from './selection.ts';

/** 选择同行访客: the lead's own book, searched by phone. Every number that is not in it gets the same answer. */
export function bookRoutes(deps: WebDeps): Router {
  const { db, cipher } = deps;
  const router = Router();

  router.get('/companions', signedIn, agreed, complete, (req, res) => show(deps, req, res));

  router.post('/companions/search', signedIn, agreed, complete, async (req, res) => {
    const party = textOf(req.body, 'party');
    if (party) await keepTicks(deps, req, whoVisits(res).id, await ownParty(deps, res, party));
    await show(deps, req, res, textOf(req.body, 'phone'));
  });

  router.post('/companions/:id/removal', signedIn, agreed, async (req, res) => {
    const companion = await ownCompanion(deps, res, req.params.id);
    const requests = await db.transaction(async (trx) => {
      await removeCompanion(trx, companion);
      const subject = { kind: 'companion', id: companion.id } as const;
      await recordVisitor(deps, { req, res }, { action: 'companion_removed', subject }, trx);
      if (!isTicked(req.body, 'everywhere')) return [];
      return takeOut(trx, companion.id, { kind: 'visitor', id: companion.lead });
    });
    await Promise.all(requests.map((request) => deps.delivery.deliver(request, 1_500)));
    res.redirect(303, bookPath(textOf(req.body, 'party')));
  });

  router.post('/companions/:id/restoration', signedIn, agreed, async (req, res) => {
    const { id } = req.params;
    const lead = whoVisits(res).id;
    const removed = isUuid(id) ? await findCompanion(db, cipher, { lead, id, removed: true }) : undefined;
    const lately = await removedLately(db, cipher, lead);
    if (!removed || !lately.some((one) => one.id === removed.id)) throw notFound();
    await db.transaction(async (trx) => {
      const restored = (await hasRoom(trx, lead)) && (await restoreCompanion(trx, deps, removed));
      if (!restored) return;
      const subject = { kind: 'companion', id: removed.id } as const;
      await recordVisitor(deps, { req, res }, { action: 'companion_restored', subject }, trx);
    });
    res.redirect(303, bookPath(textOf(req.body, 'party')));
  });

  /** Somebody who joined leaves: out of the lead's book, and out of every visit that is still open. */
  router.post('/companions/memberships/:id/withdrawal', signedIn, async (req, res) => {
    const { id } = req.params;
    const member = whoVisits(res).id;
    const found = await readCompanions(db, cipher, { member, ids: isUuid(id) ? [id] : [] });
    const [companion] = found;
    if (!companion) throw notFound();
    const requests = await db.transaction(async (trx) => {
      await removeCompanion(trx, companion);
      await withdrawConsents(trx, { visitor: member, purpose: 'companion', subject: companion.id });
      const subject = { kind: 'companion', id: companion.id } as const;
      await recordVisitor(deps, { req, res }, { action: 'companion_left', subject }, trx);
      return takeOut(trx, companion.id, { kind: 'visitor', id: member });
    });
    await Promise.all(requests.map((request) => deps.delivery.deliver(request, 1_500)));
    res.redirect(303, '/companions');
  });
  return router;
}

export const bookPath = (party: string): string => (isUuid(party) ? `/companions?party=${party}` : '/companions');

/** @throws AppError 404 when it is not of the lead's own book */
export async function ownCompanion({ db, cipher }: WebDeps, res: Response, id: unknown): Promise<Companion> {
  const own = isUuid(id) ? await findCompanion(db, cipher, { lead: whoVisits(res).id, id }) : undefined;
  if (!own) throw notFound();
  return own;
}

async function show(deps: WebDeps, req: Request, res: Response, search?: string): Promise<void> {
  const { db, cipher, index } = deps;
  const lead = whoVisits(res).id;
  const asked = req.method === 'GET' ? req.query.party : textOf(req.body, 'party');
  const party = asked ? await ownParty(deps, res, asked) : undefined;
  const phone = search === undefined || search.trim() === '' ? undefined : checkPhone(search);
  const [companions, removed, memberships, gone] = await Promise.all([
    phone && !phone.ok
      ? []
      : phone
        ? readCompanions(db, cipher, { lead, phoneHashes: index.every('phone', phone.phone) })
        : readBook(deps, lead),
    removedLately(db, cipher, lead),
    party ? [] : leadsOf(deps, lead),
    goneByWish(db, lead),
  ]);
  const { limit, along } = party ? await roomFor(deps, lead, party) : { limit: undefined, along: [] };
  const tooMany = party && limit !== undefined && party.companions.length > limit && req.query.many !== undefined;
  res.status(phone && !phone.ok ? 422 : tooMany ? 422 : 200).render('companions/book', {
    party,
    companions,
    removed,
    gone: gone.filter(({ place }) => place !== 'guardian'),
    memberships,
    limit,
    along,
    tooMany,
    search: search ?? '',
    back: party ? formPath(party) : '/',
    problem: phone && !phone.ok ? phone.problem : undefined,
    searched: phone?.ok ?? false,
    mask: { phone: maskPhone },
  });
}

/** Whose parties this account belongs to: the lead's name masked, as much as the invitation said. */
async function leadsOf({ db, cipher }: WebDeps, member: string): Promise<{ id: string; lead: string }[]> {
  const rows = await readCompanions(db, cipher, { member });
  return Promise.all(rows.map(async ({ id, lead }) => ({ id, lead: await leadName(db, cipher, lead) })));
}

export async function leadName(db: WebDeps['db'], cipher: WebDeps['cipher'], lead: string): Promise<string> {
  const person = await findPerson(db, cipher, lead);
  return person ? maskName(person.name) : '*';
}
