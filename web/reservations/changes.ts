import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import { notFound } from '../../platform/errors.ts';
import { partyOf } from '../../store/party.ts';
import { readSubmission, type Submission, writeSubmission } from '../../store/submission.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { askFor } from './asking.ts';
import {
  type ChangeKind,
  type ChangeTexts,
  changeKindOf,
  changeTexts,
  hasBegun,
  readChange,
  readChangeTexts,
} from './change-form.ts';
import { refusalOf } from './form.ts';
import { keyOf, ownReservation, type Submitted } from './own.ts';
import { renderReservation } from './show.ts';

/** `/reservations/:id/changes` and `/extension`: the form, filled with what stands. */
export function showChange(deps: WebDeps, kind: ChangeKind): RequestHandler {
  return async (req, res) => {
    const reservation = await ownReservation(deps, res, req.params.id);
    if (!mayChange(reservation)) return renderReservation(deps, res, reservation, whyNot(reservation));
    const standing = await standingOf(deps, reservation);
    renderForm(res, { kind, reservation, standing, texts: changeTexts(kind, standing), key: randomUUID() });
  };
}

/** Asks for the change: a whole submission beside the one that stands, with the same people under the same numbers. */
export function askForChange(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const reservation = await ownReservation(deps, res, req.params.id);
    const kind = changeKindOf(textOf(req.body, 'kind'));
    const texts = readChangeTexts(req.body);
    const standing = await standingOf(deps, reservation);
    const form = { kind, reservation, standing, texts, key: keyOf(req) };
    if (!mayChange(reservation)) return renderReservation(deps, res, reservation, whyNot(reservation));
    const read = readChange(kind, texts, standing);
    if (!read.ok) return renderForm(res.status(422), { ...form, fields: read.fields });

    const id = randomUUID();
    const wanted: Submission = { ...standing, ...read.wanted, id, kind: 'change', base: standing.id };
    const refused = await askFor(
      deps,
      { req, res },
      { id: form.key, reservation: reservation.id, kind: 'change', payload: { submission: id } },
      'reservation_changed',
      (trx) => writeSubmission(trx, deps, wanted),
    );
    if (!refused) return res.redirect(303, `/reservations/${reservation.id}`);
    // This key has had its answer: what is sent next is another request.
    const again = { ...form, key: randomUUID() };
    if (refused.fields) return renderForm(res.status(422), { ...again, ...refusalOf(refused) });
    renderForm(res.status(409), { ...again, refusal: `refusal.${refused.code}` });
  };
}

export function withdrawChange(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const reservation = await ownReservation(deps, res, req.params.id);
    const wish = { id: keyOf(req), reservation: reservation.id, kind: 'withdraw_change', payload: {} } as const;
    const refused = await askFor(deps, { req, res }, wish, 'change_withdrawn');
    if (refused) return renderReservation(deps, res, reservation, `refusal.${refused.code}`);
    res.redirect(303, `/reservations/${reservation.id}`);
  };
}

/** The submission that holds, with the people who still belong to it. */
async function standingOf({ db, cipher }: WebDeps, { id, submission }: Submitted): Promise<Submission> {
  const standing = await readSubmission(db, cipher, submission);
  if (!standing) throw notFound();
  return { ...standing, ...(await partyOf(db, cipher, { reservation: id, submission })) };
}

const mayChange = (reservation: Submitted): boolean => whyNot(reservation) === undefined;

function whyNot({ stage, outcome, until, change }: Submitted): string | undefined {
  if (outcome) return 'refusal.closed';
  if (change) return 'refusal.change_pending';
  const stands = ['approval', 'pass', 'notification', 'visit'].includes(stage);
  return stands && Number(until) > Date.now() ? undefined : 'refusal.wrong_stage';
}

interface Form {
  kind: ChangeKind;
  reservation: Submitted;
  standing: Submission;
  texts: ChangeTexts;
  key: string;
  fields?: Record<string, string>;
  refusal?: string;
}

function renderForm(res: Response, form: Form): void {
  const { kind, reservation, standing, fields = {} } = form;
  const { from, ...others } = fields;
  res.locals.path = `/reservations/${reservation.id}/${kind === 'change' ? 'changes' : 'extension'}`;
  res.render('reservations/change', {
    refusal: undefined,
    ...form,
    // An extension has no field for what is wrong with the beginning.
    fields: from && kind === 'extension' ? { until: from, ...others } : fields,
    begun: hasBegun(standing, Date.now()),
    companions: [...standing.people.filter(({ ordinal }) => ordinal > 0), ...standing.awaited],
  });
}
