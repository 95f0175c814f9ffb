import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import { refusalIn } from '../../domain/request.ts';
import { daysOf } from '../../domain/time.ts';
import { AppError, notFound } from '../../platform/errors.ts';
import { copyParty } from '../../store/companions/companion-ready.ts';
import { openCampuses } from '../../store/content/content.ts';
import { lockSubmitted, readCurrentSubmission } from '../../store/reservations/party.ts';
import { type Submission, writeSubmission } from '../../store/reservations/submission.ts';
import { partySent } from '../companions/selection.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { takeKept } from '../kept-form/keeping.ts';
import { whoVisits } from '../visitor/guard.ts';
import { askFor, wasTaken } from './asking.ts';
import { type ChangeKind, changeKindOf, changeTexts, readChange, readChangeTexts } from './change-form.ts';
import { type Joining, joiningOf } from './change-party.ts';
import { type Days, readDays } from './choices.ts';
import { refusalOf } from './form.ts';
import { keyOf, ownReservation, type Submitted } from './own.ts';
import { readDirectory } from './progress.ts';
import { renderReservation } from './show.ts';
import { renderChange } from './show-change.ts';

/** `/reservations/:id/changes` and `/extension`: the form, filled with the standing visit, or as it was left for the book. */
export function showChange(deps: WebDeps, kind: ChangeKind): RequestHandler {
  return async (req, res) => {
    const reservation = await ownReservation(deps, res, req.params.id);
    const refusal = whyNot(reservation) ?? (kind === 'extension' ? await whyNoExtension(deps, reservation) : undefined);
    if (refusal) return renderReservation(deps, res, reservation, refusal);
    const [standing, days] = await readGround(deps, res, reservation);
    const joining = kind === 'change' ? await joiningOf(deps, res, reservation.id, req.query.party) : undefined;
    const kept = await takeKept(deps, req, res);
    const left = kept ?? joining?.party.form;
    const texts = left ? readChangeTexts(left) : changeTexts(kind, standing, days);
    const problem = kept && partyProblem(joining, textOf(kept, 'party'));
    const fields = problem ? { companions: problem } : {};
    renderChange(res, { kind, reservation, standing, days, joining, texts, fields, key: randomUUID() });
  };
}

/** Asks for the change: a whole submission beside the one that stands, with the same people under the same numbers. */
export function askForChange(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const reservation = await ownReservation(deps, res, req.params.id);
    const back = `/reservations/${reservation.id}`;
    const kind = changeKindOf(textOf(req.body, 'kind'));
    const key = keyOf(req);
    const lead = whoVisits(res).id;
    const texts = readChangeTexts(req.body);
    const joining = await joiningOf(deps, res, reservation.id, textOf(req.body, 'party'), texts.remove);
    // The same form once more; the party that came with it is gone.
    if (await wasTaken(deps, { key, lead, reservation: reservation.id })) return res.redirect(303, back);
    const refusal = whyNot(reservation);
    if (refusal) return renderReservation(deps, res, reservation, refusal);

    const [standing, days] = await readGround(deps, res, reservation);
    const extensions = (await whyNoExtension(deps, reservation)) === undefined;
    const form = { kind, reservation, standing, days, joining, texts, key };
    const chosen = kind === 'change' ? (joining?.companions.map(({ id }) => id) ?? []) : [];
    const read = readChange(kind, texts, standing, { brings: chosen.length > 0, extensions });
    const problem = partyProblem(joining, textOf(req.body, 'party'));
    if (!read.ok || problem) {
      const fields = { ...(read.ok ? {} : read.fields), ...(problem ? { companions: problem } : {}) };
      return renderChange(res.status(422), { ...form, fields });
    }

    const id = randomUUID();
    const refused = await askFor(
      deps,
      { req, res },
      { id: key, reservation: reservation.id, kind: 'change', payload: { submission: id } },
      async (trx) => {
        // As they are at this moment: somebody may have completed their details, or left, since the form was read.
        const now = await lockSubmitted(trx, deps.cipher, standing.id, chosen);
        if (!now) throw new AppError('conflict', { status: 409 });
        const again = readChange(kind, texts, now, { brings: chosen.length > 0 });
        if (!again.ok) throw new AppError('conflict', { status: 409 });
        const wanted: Submission = { ...now, ...again.wanted, id, kind: 'change', base: standing.id };
        const { people, awaited } = await copyParty(trx, deps, { lead, reservation: reservation.id }, chosen);
        const party = { people: [...wanted.people, ...people], awaited: [...wanted.awaited, ...awaited] };
        await writeSubmission(trx, deps, { ...wanted, ...party });
      },
    );
    if (!refused) {
      await partySent(deps, lead, joining?.party.id);
      return res.redirect(303, back);
    }
    // This key has had its answer: what is sent next is another request.
    const again = { ...form, key: randomUUID() };
    if (refused.fields) return renderChange(res.status(422), { ...again, ...refusalOf(refused) });
    renderChange(res.status(409), { ...again, refusal: `refusal.${refused.code}` });
  };
}

/** The submission that holds, with the people who still belong to it, and the days of its campus. */
async function readGround(
  deps: WebDeps,
  res: Response,
  { id, submission }: Submitted,
): Promise<[Submission, Days | undefined]> {
  const { db, cipher } = deps;
  const standing = await readCurrentSubmission(db, cipher, submission);
  if (!standing) throw notFound();
  const of = { campus: standing.campus, visitor: whoVisits(res).id, apart: id };
  const days = await readDays(deps, { campuses: await openCampuses(db) }, of);
  return [standing, days && withOwnPlaces(days, standing)];
}

/** A day that is full is not full for a visit that has its places there. */
function withOwnPlaces(days: Days, { from, until }: Submission): Days {
  const own = daysOf(from, until);
  const fullDays = days.calendar.fullDays.filter((text) => !own.includes(text));
  return { ...days, calendar: { ...days.calendar, fullDays } };
}

/** Whether more companions join than there is room for, or the party that the form names is not kept any more. */
function partyProblem(joining: Joining | undefined, named: string): string | undefined {
  if (!joining) return named ? 'field.party_lapsed' : undefined;
  return joining.companions.length > joining.room.limit ? 'field.party_too_large' : undefined;
}

function whyNot({ stage, outcome, until, change, overstay }: Submitted): string | undefined {
  if (outcome) return 'refusal.closed';
  if (change) return 'refusal.change_pending';
  const code = Number(until) > Date.now() || overstay > 0 ? refusalIn(stage, 'change') : 'wrong_stage';
  return code && `refusal.${code}`;
}

async function whyNoExtension(deps: WebDeps, { campus }: Submitted): Promise<string | undefined> {
  return (await readDirectory(deps)).extensions(campus) ? undefined : 'field.no_extension';
}
