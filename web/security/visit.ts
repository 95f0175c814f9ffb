import type { Request, RequestHandler, Response } from 'express';
import { notFound } from '../../platform/errors.ts';
import { type Revocation, revocationsOf } from '../../store/approval/revocation.ts';
import { allCampuses, allDepartments, allGates, allReasons } from '../../store/content/content.ts';
import type { Localized } from '../../store/content/content-cache.ts';
import { seenAtGates } from '../../store/gates/gate-status.ts';
import { isVisitAtDesk } from '../../store/office/desk.ts';
import { type InspectedReservation, inspectReservation } from '../../store/office/inspection.ts';
import { type Pass, passesOfReservation } from '../../store/passes/pass.ts';
import { presenceOf } from '../../store/reservations/attendance.ts';
import { maskedPeople } from '../../store/reservations/masked-person.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { showRefusals } from '../reservations/refusals.ts';
import { visitFacts } from '../reservations/visit-facts.ts';
import { answerRevocation } from '../revocations/answering.ts';
import { type RevocationAgain, revocationForm } from '../revocations/form.ts';
import { whoIs } from '../staff/guard.ts';
import { recordAct } from '../staff/recording.ts';
import { deskMoney, payOutAtDesk, takeCashAtDesk } from './cash.ts';

/** `/security/visits/:id`: who comes, who is in, and the end of the visit. */
export function showDeskVisit(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const visit = await visitOf(deps, req, res);
    await recordAct(deps, req, res, {
      action: 'reservation_viewed',
      subject: { kind: 'reservation', id: visit.id },
      detail: { at: 'security' },
    });
    await render(deps, res, visit);
  };
}

export function revokeAtDesk(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { id } = await visitOf(deps, req, res);
    await answerRevocation(
      deps,
      { req, res },
      {
        reservation: id,
        at: `/security/visits/${id}`,
        show: async (answer, more) => render(deps, answer, await visitOf(deps, req, answer), more),
      },
    );
  };
}

export const noteCashAtDesk = (deps: WebDeps): RequestHandler =>
  takeCashAtDesk(
    deps,
    (req, res) => visitOf(deps, req, res),
    (res, visit, refusal) => render(deps, res, visit, { refusal }),
  );

export const notePayoutAtDesk = (deps: WebDeps): RequestHandler =>
  payOutAtDesk(deps, (req, res) => visitOf(deps, req, res));

/** @throws AppError 404 for another campus's, another day's and one that nobody approved */
async function visitOf({ db, cipher }: WebDeps, req: Request, res: Response): Promise<InspectedReservation> {
  const { id } = req.params;
  const here = isUuid(id) && (await isVisitAtDesk(db, whoIs(res).id, id));
  const visit = here ? await inspectReservation(db, cipher, id) : undefined;
  if (!visit) throw notFound();
  return visit;
}

interface Page {
  again?: RevocationAgain;
  /** A sentence: why what was asked was not done. */
  refusal?: string;
}

async function render(deps: WebDeps, res: Response, visit: InspectedReservation, { again, refusal }: Page = {}) {
  const { db, cipher } = deps;
  const { id, submission } = visit;
  const to = `/security/visits/${id}`;
  const [
    people,
    passes,
    revocations,
    seen,
    presence,
    revocation,
    refused,
    money,
    campuses,
    departments,
    reasons,
    gates,
  ] = await Promise.all([
    submission ? maskedPeople(db, cipher, submission) : [],
    passesOfReservation(db, id),
    revocationsOf(db, id),
    seenAtGates(db, id),
    presenceOf(db, id),
    revocationForm(deps, res, { reservation: id, to: `${to}/revocation` }, again),
    showRefusals(deps, res, { kind: 'staff', id: whoIs(res).id }, { reservation: id }),
    deskMoney(deps, id),
    allCampuses(db),
    allDepartments(db),
    allReasons(db),
    allGates(db),
  ]);
  const { t, format } = res.locals;
  const nameIn = (rows: { id: string; name: Localized }[]) => (wanted: string | null) =>
    rows.find((row) => row.id === wanted)?.name;
  const names = {
    campus: nameIn(campuses)(visit.campus),
    department: nameIn(departments)(visit.department),
    reason: nameIn(reasons)(visit.reason),
  };
  const { channel, from, until, answers } = visit;
  res.locals.path = to;
  res.render('security/visit', {
    visit,
    facts:
      channel && from && until ? visitFacts('approver', { channel, from, until, answers }, names, { t, format }) : [],
    people: people.map((person) => ({
      ...person,
      pass: passState(
        passes.find(({ ordinal }) => ordinal === person.ordinal),
        { visit, revocations },
      ),
      presence: presence.get(person.ordinal),
      seen: seen.findLast(({ ordinal }) => ordinal === person.ordinal),
    })),
    gateOf: nameIn(gates),
    revocation,
    refused,
    money,
    refusal,
  });
}

/** A pass is taken off the gates a moment after its end was asked for: until then it is neither good nor off. */
function passState(
  pass: Pass | undefined,
  { visit, revocations }: { visit: InspectedReservation; revocations: Revocation[] },
): 'good' | 'ending' | 'off' | undefined {
  if (!pass) return undefined;
  if (pass.revokedAt || pass.until <= new Date()) return 'off';
  const ends = revocations.some(
    ({ ordinal, seq }) => (ordinal === null || ordinal === pass.ordinal) && (seq === null || seq > (pass.seq ?? 0)),
  );
  return ends || visit.outcome ? 'ending' : 'good';
}
