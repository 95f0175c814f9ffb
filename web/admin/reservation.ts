import type { Request, RequestHandler, Response } from 'express';
import { markLabel, readMarks } from '../../domain/marked-field.ts';
import { maskName, maskPhone, maskPlate } from '../../domain/masking.ts';
import { notFound } from '../../platform/errors.ts';
import { apiKeyLabels } from '../../store/api/key.ts';
import { findGivenReason } from '../../store/approval/decision.ts';
import { findProposal } from '../../store/approval/proposal.ts';
import { auditTrail } from '../../store/audit/audit-trail.ts';
import { readReason } from '../../store/audit/unmask-reason.ts';
import { allCampuses, allDepartments, allGates, allReasons } from '../../store/content/content.ts';
import type { Localized } from '../../store/content/content-cache.ts';
import { passesAtGates, seenAtGates } from '../../store/gates/gate-status.ts';
import { refusedAtGates } from '../../store/gates/refusal.ts';
import { messagesOf } from '../../store/messages/message-history.ts';
import { type InspectedReservation, inspectReservation, tasksOf } from '../../store/office/inspection.ts';
import { passesOfReservation } from '../../store/passes/pass.ts';
import { findBooker } from '../../store/reservations/booker.ts';
import { maskedPeople } from '../../store/reservations/masked-person.ts';
import { readCurrentSubmission } from '../../store/reservations/party.ts';
import { requestsOf } from '../../store/reservations/request.ts';
import { readAwaited } from '../../store/reservations/submission.ts';
import { type StoodInFor, timelineOf } from '../../store/reservations/timeline.ts';
import { staffNames } from '../../store/staff/staff.ts';
import { reservationWorkflowId } from '../../workflows/messages/reservation.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { differencesBetween } from '../reservations/differences.ts';
import { showRefusals } from '../reservations/refusals.ts';
import { wordsOf } from '../reservations/steps.ts';
import { visitFacts } from '../reservations/visit-facts.ts';
import { answerRevocation } from '../revocations/answering.ts';
import { type RevocationAgain, revocationForm } from '../revocations/form.ts';
import { actedBy } from '../staff/acted-by.ts';
import { whoIs } from '../staff/guard.ts';
import { recordAct } from '../staff/recording.ts';
import { answerUnmasking, type Unmasked } from '../staff/unmasking.ts';
import { workflowPath } from '../temporal-ui/path.ts';

/** `/admin/reservations/:id`: everything that is known of one reservation, from PostgreSQL. */
export function showReservation(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const reservation = await reservationOf(deps, req);
    await recordAct(deps, req, res, {
      action: 'reservation_viewed',
      subject: { kind: 'reservation', id: reservation.id },
    });
    await render(deps, res, reservation, { before: lineOf(req.query.before) });
  };
}

export function unmaskForReservation(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const reservation = await reservationOf(deps, req);
    const of = { reservation: reservation.id, submission: reservation.submission };
    await answerUnmasking(deps, { req, res }, of, (answer, more) => render(deps, answer, reservation, more));
  };
}

export function revokeReservation(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { id } = await reservationOf(deps, req);
    await answerRevocation(
      deps,
      { req, res },
      {
        reservation: id,
        at: `/admin/reservations/${id}`,
        show: async (answer, { again, refusal }) =>
          render(deps, answer, await reservationOf(deps, req), {
            ...(again && { revocation: again }),
            ...(refusal && { refusal }),
          }),
      },
    );
  };
}

async function reservationOf({ db, cipher }: WebDeps, req: Request): Promise<InspectedReservation> {
  const { id } = req.params;
  const reservation = isUuid(id) ? await inspectReservation(db, cipher, id) : undefined;
  if (!reservation) throw notFound();
  return reservation;
}

/** The audit line below which a page of older ones begins. Anything that is no line's number asks for the newest page. */
const lineOf = (text: unknown): number | undefined =>
  typeof text === 'string' && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;

/** Lines of the audit on a page. */
const auditLines = 50;

interface Page extends Unmasked {
  before?: number | undefined;
  /** The form that ends the visit, where it was refused. */
  revocation?: RevocationAgain;
  /** A sentence: why what was asked was not done. */
  refusal?: string;
}

async function render(deps: WebDeps, res: Response, reservation: InspectedReservation, page: Page = {}) {
  const { db, cipher, settings } = deps;
  const { id, submission, change } = reservation;
  const [
    people,
    awaited,
    proposal,
    wanted,
    base,
    timeline,
    tasks,
    passes,
    atGates,
    seen,
    refusals,
    messages,
    requests,
    audit,
  ] = await Promise.all([
    submission ? maskedPeople(db, cipher, submission) : [],
    submission ? readAwaited(db, cipher, submission) : [],
    reservation.proposal ? findProposal(db, cipher, reservation.proposal) : undefined,
    change ? readCurrentSubmission(db, cipher, change.submission) : undefined,
    change && submission ? readCurrentSubmission(db, cipher, submission) : undefined,
    timelineOf(db, id),
    tasksOf(db, cipher, id),
    passesOfReservation(db, id),
    passesAtGates(db, id),
    seenAtGates(db, id, { annulled: true }),
    refusedAtGates(db, id),
    messagesOf(db, { reservation: id }),
    requestsOf(db, id),
    auditTrail(db, { kind: 'reservation', id }, { limit: auditLines, before: page.before }),
  ]);
  const { lines } = audit;
  const [booker, revocation, refused, campuses, departments, reasons, gates, staff, keys] = await Promise.all([
    submission ? findBooker(db, cipher, { reservation: id, submission }) : undefined,
    revocationForm(deps, res, { reservation: id, to: `/admin/reservations/${id}/revocation` }, page.revocation),
    showRefusals(deps, res, { kind: 'staff', id: whoIs(res).id }, { reservation: id }),
    allCampuses(db),
    allDepartments(db),
    allReasons(db),
    allGates(db),
    staffNames(db, staffIn([...timeline, ...lines].map((line) => line.actor))),
    apiKeyLabels(db),
  ]);
  const nameIn = (rows: { id: string; name: Localized }[]) => (wanted: string | null) =>
    rows.find((row) => row.id === wanted)?.name;
  const { t, format } = res.locals;
  const { channel, from, until, answers } = reservation;
  /** The visitor does not read it, so that it stands here. */
  const given = async ({ kind, reference }: (typeof timeline)[number]) => {
    const said = kind === 'returned_to_step' && reference ? await findGivenReason(db, cipher, reference) : {};
    return { reason: said.reason, marked: channel ? readMarks(channel, said.marked ?? null).map(markLabel) : [] };
  };
  const names = {
    campus: nameIn(campuses)(reservation.campus),
    department: nameIn(departments)(reservation.department),
    reason: nameIn(reasons)(reservation.reason),
  };

  res.locals.path = `/admin/reservations/${id}`;
  res.render('admin/reservation', {
    reservation,
    people,
    awaited,
    proposal,
    revocation,
    stolenAt: gates.filter((gate) => gate.campus === reservation.campus && !gate.retiredAt),
    refused,
    refusal: page.refusal,
    facts: channel && from && until ? visitFacts('admin', { channel, from, until, answers }, names, { t, format }) : [],
    booker: booker && { name: maskName(booker.name), phone: maskPhone(booker.phone) },
    differences:
      wanted && base ? differencesBetween(base, wanted, { reader: 'admin', plateAs: maskPlate, t, format }) : [],
    timeline: await Promise.all(
      timeline.map(async (line) => ({ ...line, words: wordsOf(line), ...(await given(line)) })),
    ),
    tasks,
    passes,
    atGates,
    seen,
    refusals,
    messages,
    requests,
    audit: lines.map((line) => ({ ...line, reason: readReason(cipher, line.detail) })),
    older: audit.older,
    newest: page.before === undefined,
    departmentOf: nameIn(departments),
    gateOf: nameIn(gates),
    keyOf: (wanted: string | null) => keys.get(wanted ?? ''),
    actedBy,
    staffOf: (wanted: string | null) => staff.get(wanted ?? ''),
    engine:
      whoIs(res).isAdmin &&
      settings.TEMPORAL_UI_URL &&
      workflowPath(settings.TEMPORAL_NAMESPACE, reservationWorkflowId(id)),
    typed: page.typed ?? {},
    fields: page.fields ?? {},
    unmasked: page.unmasked,
  });
}

function staffIn(actors: { kind: string; id: string | null; for?: StoodInFor }[]): string[] {
  const ids = actors.flatMap((actor) => (actor.kind === 'staff' ? [actor.id, actor.for?.staff] : []));
  return [...new Set(ids.filter(isUuid))];
}
