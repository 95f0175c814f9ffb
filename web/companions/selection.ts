import { type Request, type Response, Router } from 'express';
import { notFound } from '../../platform/errors.ts';
import {
  type ChosenParty,
  chooseCompanions,
  findParty,
  forgetParty,
  keepParty,
} from '../../store/companions/chosen-party.ts';
import { type Companion, readCompanions } from '../../store/companions/companion.ts';
import { photoKinds } from '../../store/people/photo.ts';
import { partyOf } from '../../store/reservations/party.ts';
import type { Submission } from '../../store/reservations/submission.ts';
import type { WebDeps } from '../deps.ts';
import { allTextsOf, textOf } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { agreed, signedIn, whoVisits } from '../visitor/guard.ts';
import { formPath, roomFor } from './for-change.ts';
import { partyLimit } from './limits.ts';

/** What the reservation form shows of its party: `web/companions/party.ejs`. */
export interface ShownParty {
  id: string;
  companions: Companion[];
  isGroup: boolean;
}

/**
 * From the form to the book, or the page of photographs, and back. 添加 keeps everything typed, also with scripts off: the
 * button sends the whole form here. A name on the way is only ever one of the lead's own book.
 */
export function selectionRoutes(deps: WebDeps): Router {
  const { db, cipher } = deps;
  const router = Router();

  router.post('/companions/selection', signedIn, agreed, async (req, res) => {
    const lead = whoVisits(res).id;
    const channel = textOf(req.body, 'channel') === 'official' ? 'official' : 'personal';
    const given = textOf(req.body, 'party');
    const form = Object.fromEntries(
      Object.keys(req.body ?? {})
        .filter((name) => !['party', 'remove', 'edit', 'photo'].includes(name))
        .map((name) => [name, textOf(req.body, name)]),
    );
    const remove = textOf(req.body, 'remove');
    const party = await db.transaction(async (trx) => {
      const id = await keepParty(trx, cipher, lead, { party: isUuid(given) ? given : undefined, channel, form });
      const kept = remove ? await findParty(trx, cipher, lead, id) : undefined;
      if (kept) {
        await chooseCompanions(trx, lead, id, { companions: kept.companions.filter((one) => one !== remove) });
      }
      return id;
    });
    const photo = photoKinds.find((kind) => kind === textOf(req.body, 'photo'));
    if (photo) return res.redirect(303, `/profile/photos?party=${party}#${photo}`);
    const edit = textOf(req.body, 'edit');
    const book = isUuid(edit) ? `/companions/${edit}` : '/companions';
    res.redirect(303, remove ? formPath({ id: party, channel, form }) : `${book}?party=${party}`);
  });

  router.post('/companions/choice', signedIn, agreed, async (req, res) => {
    const lead = whoVisits(res).id;
    const party = await ownParty(deps, res, textOf(req.body, 'party'));
    const { companions, tooMany } = await keepTicks(deps, req, lead, party);
    const ways: Record<string, string> = {
      add: `/companions/new?party=${party.id}`,
      invite: `/companions/invitations/new?party=${party.id}`,
      group: `/companions/group?party=${party.id}`,
    };
    const way = ways[textOf(req.body, 'go')];
    if (way) return res.redirect(303, way);
    if (tooMany !== undefined) return res.redirect(303, `/companions?party=${party.id}&many=${companions.length}`);
    res.redirect(303, formPath(party));
  });
  return router;
}

/** Keeps what is ticked on this page; companions who are not on it (a search shows a part) stay as they were. */
export async function keepTicks(
  { db, cipher }: WebDeps,
  req: Request,
  lead: string,
  party: ChosenParty,
): Promise<{ companions: string[]; tooMany: number | undefined }> {
  const ticked = allTextsOf(req.body, 'companion').filter(isUuid);
  const shown = allTextsOf(req.body, 'shown').flatMap((list) => list.split(' '));
  const wanted = [...new Set([...party.companions.filter((id) => !shown.includes(id)), ...ticked])];
  const own = await readCompanions(db, cipher, { lead, ids: wanted });
  const { limit, along } = await roomFor({ db, cipher }, lead, party);
  const companions = own.map(({ id }) => id).filter((id) => !along.includes(id));
  await chooseCompanions(db, lead, party.id, { companions });
  return { companions, tooMany: companions.length > limit ? limit : undefined };
}

/** @throws AppError 404 when it is nobody's or somebody else's */
export async function ownParty({ db, cipher }: WebDeps, res: Response, id: unknown) {
  const party = isUuid(id) ? await findParty(db, cipher, whoVisits(res).id, id) : undefined;
  if (!party) throw notFound();
  return party;
}

/** The party that a form names, with its companions as they stand; undefined when there is none. */
export async function shownParty(
  { db, cipher }: Pick<WebDeps, 'db' | 'cipher'>,
  lead: string,
  id: unknown,
): Promise<(ShownParty & { form: Record<string, string> }) | undefined> {
  const party = isUuid(id) ? await findParty(db, cipher, lead, id) : undefined;
  if (!party) return undefined;
  const companions =
    party.companions.length > 0 ? await readCompanions(db, cipher, { lead, ids: party.companions }) : [];
  return { id: party.id, companions, isGroup: party.isGroup, form: party.form };
}

/**
 * The companions of an earlier visit, as far as they are still in the lead's book, as the party of a new form: a lead
 * who corrects or copies a visit does not pick them again. @returns undefined when nobody came along
 */
export async function partyAgain(
  { db, cipher }: Pick<WebDeps, 'db' | 'cipher'>,
  lead: string,
  { id, channel, campus }: Pick<Submission, 'id' | 'channel' | 'campus'>,
): Promise<string | undefined> {
  // A person who left, or was taken out, is not brought back unasked.
  const { people, awaited } = await partyOf(db, cipher, id);
  // The person who visits is no companion.
  const ids = [...people, ...awaited].flatMap(({ ordinal, companion }) => (ordinal > 0 && companion) || []);
  const own = ids.length > 0 ? await readCompanions(db, cipher, { lead, ids }) : [];
  if (own.length === 0) return undefined;
  // A party that is larger than others may be came as a group, and stays one.
  const isGroup = own.length > (await partyLimit({ db }, { campus, channel, isGroup: false }));
  return db.transaction(async (trx) => {
    const party = await keepParty(trx, cipher, lead, { party: undefined, channel, form: {} });
    await chooseCompanions(trx, lead, party, { companions: own.map(({ id }) => id), isGroup });
    return party;
  });
}

/**
 * Who is to be submitted. `problem`, as a catalogue key: more than the campus takes, or the form names a party that is
 * not kept any more (or is nobody's, or somebody else's, which looks the same), so that nobody stays behind unnoticed.
 */
export async function submittedParty(
  deps: Pick<WebDeps, 'db' | 'cipher'>,
  of: { lead: string; party: unknown; campus: string; channel: 'personal' | 'official' },
): Promise<{ companions: string[]; problem?: string }> {
  const party = await shownParty(deps, of.lead, of.party);
  if (!party && of.party) return { companions: [], problem: 'field.party_lapsed' };
  const companions = party?.companions.map(({ id }) => id) ?? [];
  const limit = await partyLimit(deps, { ...of, isGroup: party?.isGroup ?? false });
  return companions.length > limit ? { companions, problem: 'field.party_too_large' } : { companions };
}

/** The form was sent: what was kept for it goes. */
export async function partySent({ db }: Pick<WebDeps, 'db'>, lead: string, party: unknown): Promise<void> {
  if (isUuid(party)) await forgetParty(db, lead, party);
}
