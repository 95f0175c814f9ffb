import type { Request, RequestHandler, Response } from 'express';
import { markLabel, readMarks } from '../../domain/marked-field.ts';
import { maskName, maskPhone } from '../../domain/masking.ts';
import { notFound } from '../../platform/errors.ts';
import { invitationBehind } from '../../store/api/invitation-behind.ts';
import { allCampuses, allDepartments, allGates, allReasons } from '../../store/content/content.ts';
import type { Localized } from '../../store/content/content-cache.ts';
import { seenAtGates } from '../../store/gates/gate-status.ts';
import { decisionsOf, mayReadEvidence, submissionsOf } from '../../store/office/evidence.ts';
import { type InspectedReservation, inspectReservation } from '../../store/office/inspection.ts';
import { presenceOf } from '../../store/reservations/attendance.ts';
import { findBooker } from '../../store/reservations/booker.ts';
import { maskedPeople } from '../../store/reservations/masked-person.ts';
import { timelineOf } from '../../store/reservations/timeline.ts';
import { staffNames } from '../../store/staff/staff.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { wordsOf } from '../reservations/steps.ts';
import { invitedFact, visitFacts } from '../reservations/visit-facts.ts';
import { actedBy } from '../staff/acted-by.ts';
import { whoIs } from '../staff/guard.ts';
import { recordAct } from '../staff/recording.ts';

/** `/staff/visits/:id/evidence`: to be printed; each look is recorded. */
export function showEvidence(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const visit = await visitOf(deps, req, res);
    await recordAct(deps, req, res, {
      action: 'evidence_viewed',
      subject: { kind: 'reservation', id: visit.id },
    });
    await render(deps, res, visit);
  };
}

/** @throws AppError 404 for everybody who may not read it */
async function visitOf({ db, cipher }: WebDeps, req: Request, res: Response): Promise<InspectedReservation> {
  const { id } = req.params;
  const allowed = isUuid(id) && (await mayReadEvidence(db, whoIs(res).id, id));
  const visit = allowed ? await inspectReservation(db, cipher, id) : undefined;
  if (!visit) throw notFound();
  return visit;
}

async function render({ db, cipher }: WebDeps, res: Response, visit: InspectedReservation): Promise<void> {
  const { id, submission } = visit;
  const [
    people,
    booker,
    invited,
    submissions,
    decisions,
    timeline,
    seen,
    presence,
    campuses,
    departments,
    reasons,
    gates,
  ] = await Promise.all([
    submission ? maskedPeople(db, cipher, submission) : [],
    submission ? findBooker(db, cipher, { reservation: id, submission }) : undefined,
    invitationBehind(db, cipher, { reservation: id, department: visit.department }),
    submissionsOf(db, id),
    decisionsOf(db, cipher, id),
    timelineOf(db, id),
    seenAtGates(db, id, { annulled: true }),
    presenceOf(db, id),
    allCampuses(db),
    allDepartments(db),
    allReasons(db),
    allGates(db),
  ]);
  const staffIds = [
    ...decisions.flatMap(({ staff, behalf, added }) => [staff, behalf, added?.staff ?? null]),
    ...timeline.flatMap(({ actor }) => [actor.kind === 'staff' ? actor.id : null, actor.for?.staff ?? null]),
  ].filter(isUuid);
  const names = await staffNames(db, [...new Set(staffIds)]);
  const { t, format } = res.locals;
  const nameIn = (rows: { id: string; name: Localized }[]) => (wanted: string | null) =>
    rows.find((row) => row.id === wanted)?.name;
  const { channel, from, until, answers } = visit;
  const named = {
    campus: nameIn(campuses)(visit.campus),
    department: nameIn(departments)(visit.department),
    reason: nameIn(reasons)(visit.reason),
  };
  res.render('evidence/evidence', {
    visit,
    facts: [
      ...(channel && from && until ? visitFacts('admin', { channel, from, until, answers }, named, { t, format }) : []),
      ...invitedFact(invited, { t, format }),
    ],
    people,
    presence,
    booker: booker && { name: maskName(booker.name), phone: maskPhone(booker.phone) },
    submissions,
    decisions: decisions.map((one) => ({
      ...one,
      marked: channel ? readMarks(channel, one.marked).map(markLabel) : [],
    })),
    timeline: timeline.map((line) => ({ ...line, words: wordsOf(line) })),
    seen,
    actedBy,
    staffOf: (wanted: string | null) => names.get(wanted ?? '') ?? '',
    departmentOf: nameIn(departments),
    gateOf: nameIn(gates),
    printedAt: new Date(),
    reader: whoIs(res).name,
  });
}
