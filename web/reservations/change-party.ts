import type { RequestHandler, Response } from 'express';
import { notFound } from '../../platform/errors.ts';
import { type ChosenParty, chooseCompanions, findParty, keepParty } from '../../store/companions/chosen-party.ts';
import { type Companion, readCompanions } from '../../store/companions/companion.ts';
import { readSubmission } from '../../store/reservations/submission.ts';
import { changeOf, formPath, type Room, roomFor } from '../companions/for-change.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { whoVisits } from '../visitor/guard.ts';
import { readChangeTexts } from './change-form.ts';
import { ownReservation } from './own.ts';

/** The companions who are to join an approved visit: chosen in the lead's book, for this change. */
export interface Joining {
  party: ChosenParty;
  companions: Companion[];
  room: Room;
}

/** The party that a change form names. Undefined when it is nobody's, somebody else's, or another form's. */
export async function joiningOf(
  deps: WebDeps,
  res: Response,
  reservation: string,
  id: unknown,
  leaving?: string[],
): Promise<Joining | undefined> {
  const { db, cipher } = deps;
  const lead = whoVisits(res).id;
  const found = isUuid(id) ? await findParty(db, cipher, lead, id) : undefined;
  if (!found || changeOf(found) !== reservation) return undefined;
  // A companion who is unticked makes room; the page says it later than the book did.
  const party = leaving ? { ...found, form: { ...found.form, remove: leaving.join(' ') } } : found;
  const room = await roomFor(deps, lead, party);
  const ids = party.companions.filter((one) => !room.along.includes(one));
  const companions = ids.length > 0 ? await readCompanions(db, cipher, { lead, ids }) : [];
  return { party, companions, room };
}

/**
 * `POST /reservations/:id/changes/companions`: to the book, with everything typed kept; or, `drop`, somebody chosen is not
 * to come after all, and the form comes again.
 */
export function leaveForBook(deps: WebDeps): RequestHandler {
  const { db, cipher } = deps;
  return async (req, res) => {
    const reservation = await ownReservation(deps, res, req.params.id);
    const submission = await readSubmission(db, cipher, reservation.submission);
    if (!submission) throw notFound();
    const { channel, campus } = submission;
    const lead = whoVisits(res).id;
    const given = textOf(req.body, 'party');
    const { remove, ...texts } = readChangeTexts(req.body);
    const form = { ...texts, remove: remove.join(' '), change: reservation.id, campus };
    const drop = textOf(req.body, 'drop');
    const party = await db.transaction(async (trx) => {
      const known = isUuid(given) ? await findParty(trx, cipher, lead, given) : undefined;
      const own = known && changeOf(known) === reservation.id ? known : undefined;
      const id = await keepParty(trx, cipher, lead, { party: own?.id, channel, form });
      const companions = own?.companions.filter((one) => one !== drop) ?? [];
      if (own && drop) await chooseCompanions(trx, lead, id, { companions });
      return id;
    });
    res.redirect(303, drop ? formPath({ id: party, channel, form }) : `/companions?party=${party}`);
  };
}
