import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { markLabel, readMarks } from '../../domain/marked-field.ts';
import { maskName, maskPhone, maskPlate } from '../../domain/masking.ts';
import type { RequestKind } from '../../domain/request.ts';
import { minute } from '../../domain/time.ts';
import { notFound } from '../../platform/errors.ts';
import { invitationBehind } from '../../store/api/invitation-behind.ts';
import { findBackground } from '../../store/approval/background.ts';
import { claimOf } from '../../store/approval/claim.ts';
import { closingAnswer } from '../../store/approval/closing-answer.ts';
import { commentsOf } from '../../store/approval/comment.ts';
import { earlierAnswers } from '../../store/approval/earlier-rounds.ts';
import { returnsOf } from '../../store/approval/past-returns.ts';
import { findProposal } from '../../store/approval/proposal.ts';
import { seenOnPage, writeSeen } from '../../store/approval/seen.ts';
import { findTaskFor, type Task } from '../../store/approval/task.ts';
import { handoversOf } from '../../store/approval/transfer.ts';
import { allCampuses, allDepartments, allGates, allReasons } from '../../store/content/content.ts';
import type { Localized } from '../../store/content/content-cache.ts';
import { seenAtGates } from '../../store/gates/gate-status.ts';
import { mayReadEvidence } from '../../store/office/evidence.ts';
import { presenceOf } from '../../store/reservations/attendance.ts';
import { findBooker } from '../../store/reservations/booker.ts';
import { maskedPeople } from '../../store/reservations/masked-person.ts';
import { readCurrentSubmission } from '../../store/reservations/party.ts';
import { readAwaited, readSubmission } from '../../store/reservations/submission.ts';
import { staffNames } from '../../store/staff/staff.ts';
import { byIds, type WebDeps } from '../deps.ts';
import { evidencePath } from '../evidence/routes.ts';
import { isUuid } from '../is-uuid.ts';
import { differencesBetween } from '../reservations/differences.ts';
import { showRefusals } from '../reservations/refusals.ts';
import { invitedFact, visitFacts } from '../reservations/visit-facts.ts';
import { type RevocationAgain, revocationForm } from '../revocations/form.ts';
import { actedBy, named } from '../staff/acted-by.ts';
import { whoIs } from '../staff/guard.ts';
import { onceWithin } from '../staff/once.ts';
import { recordAct } from '../staff/recording.ts';
import { answers } from './answers/index.ts';
import { answersStatus } from './answers/verb.ts';
import { nameBackground } from './background.ts';
import { untilDeadline } from './deadline.ts';
import { findPassedOn } from './late.ts';
import { readList } from './list.ts';
import { signersOf } from './signers.ts';
import { stepsOf } from './steps.ts';
import { readView } from './view.ts';

/** `/inbox/:taskId`: what was submitted, and the decision, to be taken or taken. */
export function showTask(deps: WebDeps): RequestHandler {
  const firstLook = onceWithin(minute);
  return async (req, res) => {
    const task = await taskOf(deps, req, res);
    if (firstLook(`${whoIs(res).id} ${task.id}`)) {
      await recordAct(deps, req, res, {
        action: 'task_viewed',
        subject: { kind: 'reservation', id: task.reservation },
        detail: { task: task.id },
      });
    }
    await renderTask(deps, res, task);
  };
}

/**
 * The task of this address as the signed-in approver may see it.
 *
 * @throws PassedOn for somebody who had it until it was passed on; AppError 404 for everybody else
 */
export async function taskOf(deps: WebDeps, req: Request, res: Response): Promise<Task> {
  const task = await findTask(deps, req, res);
  if (!task) throw (await findPassedOn(deps, req, res)) ?? notFound();
  return task;
}

export async function findTask({ byId, cipher }: WebDeps, req: Request, res: Response): Promise<Task | undefined> {
  const id = req.params.taskId;
  return isUuid(id) ? findTaskFor(byId, cipher, whoIs(res).id, id) : undefined;
}

export interface TaskPage {
  /** An answer whose form was refused: it keeps its key and its texts, the other forms get new keys. */
  refused?: { kind: RequestKind; request: string; texts: Record<string, string> };
  typed?: { unmaskReason?: string; person?: string };
  /** What was typed as a comment. */
  comment?: { to: string; text: string; key: string };
  fields?: Record<string, string>;
  /** A sentence above everything: what became of what was asked. */
  notice?: { kind: 'failed' | 'waiting'; text: string };
  /** What was written in a form that came too late. */
  unsent?: string;
  /** The form that ends the visit, where it was refused. */
  revocation?: RevocationAgain;
  /** One document number, shown for this answer only. */
  unmasked?: { person: string; number: string };
}

export async function renderTask(deps: WebDeps, res: Response, task: Task, page: TaskPage = {}) {
  const known = byIds(deps);
  const { db, cipher } = known;
  const [handovers, returns, earlier, claim, comments, invited, underWay] = await Promise.all([
    handoversOf(db, cipher, task.id),
    returnsOf(db, cipher, task.id),
    // What stands beside a change was approved, and counts.
    task.change ? [] : earlierAnswers(db, cipher, task.id),
    claimOf(db, task.id),
    commentsOf(db, cipher, task.reservation),
    invitationBehind(db, cipher, task),
    task.deciding ? closingAnswer(db, task) : undefined,
  ]);
  const [people, booker, awaited, differences, proposal, seen, campuses, departments, reasons, gates, names, refused] =
    await Promise.all([
      maskedPeople(db, cipher, task.submission),
      findBooker(db, cipher, task),
      readAwaited(db, cipher, task.submission),
      differencesOf({ db, cipher }, task, res),
      task.proposal ? findProposal(db, cipher, task.proposal) : undefined,
      seenAtGates(db, task.reservation),
      allCampuses(db),
      allDepartments(db),
      allReasons(db),
      allGates(db),
      staffNames(
        db,
        [
          task.decision?.staff,
          task.decision?.behalf,
          task.right.behalf,
          ...[...handovers, ...returns, ...earlier].map(({ by }) => by),
          ...earlier.map(({ behalf }) => behalf),
          ...comments.map((one) => one.staff),
        ].flatMap((id) => id ?? []),
      ),
      showRefusals(deps, res, { kind: 'staff', id: whoIs(res).id }, { task: task.id }),
    ]);
  const nameOf = (rows: { id: string; name: Localized }[], id: string) => rows.find((row) => row.id === id)?.name;
  const { t, format } = res.locals;
  const visitNames = {
    campus: nameOf(campuses, task.campus),
    department: nameOf(departments, task.department),
    reason: nameOf(reasons, task.reason),
  };
  const [steps, signers, forms, presence, evidence, revocation, list, background] = await Promise.all([
    stepsOf(known, task),
    signersOf(known, task.id),
    answersTo(known, task, page),
    presenceOf(db, task.reservation),
    mayReadEvidence(db, whoIs(res).id, task.reservation),
    revocationForm(known, res, { reservation: task.reservation, to: `/inbox/${task.id}/revocation` }, page.revocation),
    readList(deps, res, readView(res.req.query), { current: task.id }),
    findBackground(db, whoIs(res).id, task),
  ]);
  // A page that answers a POST is reached again at the task's own address.
  res.locals.path = `/inbox/${task.id}`;
  res.render('inbox/task', {
    task,
    list,
    background: nameBackground(background, { people, campuses, departments }),
    people,
    presence,
    awaited,
    differences,
    proposal,
    booker: booker && { name: maskName(booker.name), phone: maskPhone(booker.phone) },
    seen: seen.map((event) => ({ ...event, gateName: nameOf(gates, event.gate) })),
    facts: [
      ...visitFacts('approver', { ...task, hostFound: task.hostFound === true }, visitNames, { t, format }),
      ...invitedFact(invited, { t, format }),
    ],
    toCorrect: readMarks(task.channel, task.decision?.marked ?? null).map(markLabel),
    decidedBy: task.decision && actedBy(t, names.get(task.decision.staff) ?? '', named(names, task.decision)),
    claim,
    faster: underWay?.staff === task.reader ? undefined : underWay,
    comment: page.comment ?? { to: '', text: '', key: randomUUID() },
    comments: comments.map((one) => ({ ...one, by: one.staff && (names.get(one.staff) ?? '') })),
    handovers: handovers.map((one) => ({
      ...one,
      by: names.get(one.by) ?? '',
      holder: one.names.join(t('staff_admin.and')) || format.name(nameOf(departments, one.department)),
    })),
    steps,
    returns: returns.map((one) => ({
      ...one,
      by: names.get(one.by) ?? '',
      marked: readMarks(task.channel, one.marked).map(markLabel),
    })),
    earlier: earlier.map((one) => ({
      ...one,
      by: actedBy(t, names.get(one.by) ?? '', named(names, one)),
      marked: readMarks(task.channel, one.marked).map(markLabel),
    })),
    signers,
    actingFor: named(names, task.right),
    left: untilDeadline(task.decideBy, new Date()),
    answers: forms,
    evidence: evidence ? evidencePath(task.reservation) : undefined,
    revocation,
    typed: page.typed ?? {},
    fields: page.fields ?? {},
    notice: page.notice,
    unsent: page.unsent ?? '',
    refused,
    unmasked: page.unmasked,
  });
}

/** The form of every answer that may be given, as its view draws it. */
async function answersTo(deps: WebDeps, task: Task, { refused, fields }: TaskPage) {
  if (task.deciding || task.behind) return [];
  const shown = await seenOnPage(deps.db, deps.cipher, task.submission);
  const forms = answers.map(async (verb) => {
    if (!answersStatus(verb, task.status)) return [];
    const offer = await verb.offer(task, deps);
    if (!offer) return [];
    const again = refused?.kind === verb.kind ? refused : undefined;
    const form = {
      ...offer,
      to: `/inbox/${task.id}/${verb.path}`,
      request: again?.request ?? randomUUID(),
      seen: shown ? writeSeen(shown) : '',
      refused: again !== undefined,
      typed: again?.texts ?? offer.typed ?? {},
      fields: (again && fields) ?? {},
    };
    return [{ view: `inbox/answers/${verb.kind.replaceAll('_', '-')}`, form }];
  });
  return (await Promise.all(forms)).flat();
}

/**
 * Against the submission that it departs from; plates masked, as everywhere in the inbox. What was decided is compared as
 * it was asked for: nobody decided about people who left since.
 */
async function differencesOf(
  { db, cipher }: Pick<WebDeps, 'db' | 'cipher'>,
  { base, submission, status }: Task,
  { locals: { t, format } }: Response,
) {
  if (!base) return [];
  const read = status === 'open' ? readCurrentSubmission : readSubmission;
  const [before, wanted] = [await read(db, cipher, base), await read(db, cipher, submission)];
  return before && wanted
    ? differencesBetween(before, wanted, { reader: 'approver', plateAs: maskPlate, t, format })
    : [];
}
