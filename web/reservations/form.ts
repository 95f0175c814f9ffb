import { randomUUID } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import type { Answer } from '../../domain/request.ts';
import type { Channel } from '../../domain/reservation.ts';
import { AppError, notFound } from '../../platform/errors.ts';
import { lookUpPerson } from '../../store/people/person.ts';
import { endTelling } from '../../store/reservations/refusal.ts';
import { findRequest } from '../../store/reservations/request.ts';
import { partyAgain, partySent, shownParty, submittedParty } from '../companions/selection.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { takeKept } from '../kept-form/keeping.ts';
import { aboutPerson } from '../profile/about-person.ts';
import {
  asksOtherDocument,
  type PersonTexts,
  personTexts,
  readPerson,
  readPersonTexts,
} from '../profile/person-form.ts';
import { agreed, complete, guardianStep, signedIn, whoVisits } from '../visitor/guard.ts';
import { wasTaken } from './asking.ts';
import { readChoices, readDays } from './choices.ts';
import { searchDepartments } from './department-options.ts';
import { findEarlier, findReturned, plateOf, visitTextsFrom } from './earlier-visit.ts';
import {
  boundTexts,
  invitationOver,
  invitedChoices,
  invitedTexts,
  readInvited,
  withoutInvitation,
} from './invited-visit.ts';
import { showForm } from './show-form.ts';
import { keepSubmission, type VisitingPerson } from './submitting.ts';
import { readVisit, readVisitTexts, type VisitTexts } from './visit-form.ts';
import { companionOf, isOther, visitedFor } from './visiting.ts';

/** 个人访客通道, 因公访客通道: the form and its submission. Opening the form starts nothing. */
export function formRoutes(deps: WebDeps): Router {
  const router = Router();
  const guards = [signedIn, agreed, complete];
  router.get('/reservations/new', ...guards, (req, res) => begin(deps, req, res));
  // Where scripts are off, 查找 brings the form again with everything typed and fewer departments.
  router.post('/reservations/new', ...guards, (req, res) => redraw(deps, req, res));
  router.post('/reservations', ...guards, (req, res) => submit(deps, req, res));
  return router;
}

async function begin(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const { id: visitor } = whoVisits(res);
  // What was typed before a session ended, or before the form was left for the book.
  const chosen = await shownParty(deps, visitor, req.query.party);
  const typed = chosen?.form.key === undefined ? undefined : { ...chosen.form, party: chosen.id };
  const kept = (await takeKept(deps, req, res)) ?? typed;
  if (kept) return showForm(deps, res, { ...(await readForm(deps, res, kept)), key: keyOf(kept) });
  if (req.query.invitation !== undefined) return beginInvited(deps, req, res);
  const channel = channelOf(req.query.channel);
  const { again, copy, returned } = req.query;
  const known = lookUpPerson(deps.reads, deps.cipher, visitor);
  const [choices, earlier, person, about] = await Promise.all([
    readChoices(deps),
    findEarlier(deps, res, { channel, again, copy, returned }),
    known,
    aboutPerson(deps, visitor, known),
  ]);
  const campus = earlier?.submission.campus ?? '';
  const before = earlier && earlier.kind !== 'last' ? earlier.submission : undefined;
  const visiting = visitedFor(before?.people);
  const of = { apart: earlier?.returned, companion: companionOf(visiting) };
  const days = await readDays(deps, choices, { campus, visitor, ...of });
  const party = chosen?.id ?? (before && (await partyAgain(deps, visitor, before)));
  return showForm(deps, res, {
    channel,
    choices,
    days,
    about,
    key: randomUUID(),
    party,
    visiting,
    person: { ...personTexts(person, person?.phone ?? ''), ...plateOf(before?.people) },
    visit: visitTextsFrom(earlier, channel, choices, days),
    returned: earlier?.returned,
    filledFrom: earlier?.kind,
  });
}

/** What an invitation says stands in the form; the rest is as in every other. */
async function beginInvited(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const invited = await readInvited(deps, res, req.query.invitation);
  if (!invited) return invitationOver(res);
  const { id: visitor } = whoVisits(res);
  const known = lookUpPerson(deps.reads, deps.cipher, visitor);
  const [person, about] = await Promise.all([known, aboutPerson(deps, visitor, known)]);
  const choices = invitedChoices(await readChoices(deps), invited);
  return showForm(deps, res, {
    channel: invited.channel,
    choices,
    days: await readDays(deps, choices, { campus: invited.campus, visitor }),
    about,
    key: randomUUID(),
    party: undefined,
    visiting: '',
    person: personTexts(person, person?.phone ?? ''),
    visit: invitedTexts(invited),
    invited,
  });
}

async function redraw(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const form = await readForm(deps, res, req.body);
  // The person who visits, or another campus, was chosen: nobody asked for a search.
  const chosen = ['visiting', 'campus'].includes(textOf(req.body, 'redraw'));
  return showForm(deps, res, { ...form, key: keyOf(req.body), ...(chosen ? {} : searched(form, res)) });
}

async function submit(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const form = await readForm(deps, res, req.body);
  const { channel, choices, days, person: personTyped, visit: visitTyped, returned, party, visiting, invited } = form;
  const key = keyOf(req.body);
  if (asksOtherDocument(req.body)) return showForm(deps, res, { ...form, key });
  if ('refusal' in form) return showForm(deps, res.status(422), { ...form, key });
  // Enter in the search field asks for a search, not for a visit.
  if (textOf(req.body, 'by') === 'enter' && visitTyped.department_search !== textOf(req.body, 'searched')) {
    return showForm(deps, res, { ...form, key, ...searched(form, res) });
  }

  const person = readVisiting(visiting, personTyped);
  const visit = readVisit(channel, visitTyped, choices, days);
  const lead = whoVisits(res).id;
  const submitted = await submittedParty(deps, { lead, party, channel, campus: visitTyped.campus });
  // Once the form was taken its party goes; the same form once more leads to what became of it.
  const { companions, problem } = submitted.problem && (await wasTaken(deps, { key, lead })) ? noParty : submitted;
  if (!person.ok || !visit.ok || problem) {
    const fields = {
      ...(person.ok ? {} : person.fields),
      ...(visit.ok ? {} : visit.fields),
      ...(problem ? { companions: problem } : {}),
    };
    res.status(422);
    return showForm(deps, res, { ...form, key, fields });
  }
  const typed = { key, visiting: person.visiting, visit: visit.visit, companions, returned, invitation: invited?.id };
  const kept = await keepSubmission(deps, { req, res }, typed);
  if (!('reservation' in kept)) {
    if (kept.result === 'child') return res.redirect(303, guardianStep);
    if (kept.result === 'uninvited') return showForm(deps, res.status(422), { ...form, key, ...withoutInvitation });
    return showForm(deps, res.status(422), { ...form, key, fields: { visiting: 'field.visiting_unknown' } });
  }
  const delivered = kept.result === 'kept' ? await deps.delivery.deliver(key) : undefined;
  const answer = delivered ? answerOf(delivered) : (await findRequest(deps.db, key))?.answer;
  if (answer && !answer.ok) {
    await endTelling(deps.db, key);
    res.status(422);
    // This key has had its answer: what is sent next is another request.
    return showForm(deps, res, { ...form, key: randomUUID(), ...refusalOf(answer) });
  }
  await partySent(deps, lead, party);
  if (invited) delete req.session.visitInvitation;
  res.redirect(303, `/reservations/${kept.reservation}`);
}

/** The person who visits: the visitor as typed, or a person of their book, about whom nothing is typed here. */
function readVisiting(
  visiting: string,
  texts: PersonTexts,
): { ok: true; visiting: VisitingPerson } | { ok: false; fields: Record<string, string> } {
  if (isOther(visiting)) {
    const companion = companionOf(visiting);
    return companion
      ? { ok: true, visiting: { companion } }
      : { ok: false, fields: { visiting: 'field.visiting_unknown' } };
  }
  const person = readPerson(texts);
  return person.ok ? { ok: true, visiting: { details: person.details } } : person;
}

/** The form as it was sent. @throws AppError 409 when it corrects a reservation that is not waiting to be corrected any more */
async function readForm(deps: WebDeps, res: Response, body: unknown) {
  // What came back to be corrected has its own department.
  const asked = textOf(body, 'reservation') ? '' : textOf(body, 'invitation');
  const invited = await readInvited(deps, res, asked);
  const channel = invited?.channel ?? channelOf(textOf(body, 'channel'));
  const choices = invitedChoices(await readChoices(deps), invited);
  const person: PersonTexts = readPersonTexts(body);
  const visit: VisitTexts = { ...readVisitTexts(body), ...(invited && boundTexts(invited)) };
  const corrected = textOf(body, 'reservation');
  const returned = await findReturned(deps, res, corrected);
  // The same form once more leads to what became of it.
  const repeated = corrected && !returned ? await findRequest(deps.db, keyOf(body)) : undefined;
  if (corrected && !returned && repeated?.actor.id !== whoVisits(res).id)
    throw new AppError('conflict', { status: 409 });
  const visiting = textOf(body, 'visiting');
  const of = { apart: returned, companion: companionOf(visiting) };
  const days = await readDays(deps, choices, { campus: visit.campus, visitor: whoVisits(res).id, ...of });
  // The same form once more leads to what became of it, though its invitation is used by now.
  const lost = asked !== '' && !invited && !(await wasTaken(deps, { key: keyOf(body), lead: whoVisits(res).id }));
  const typed = { person, visit, returned, visiting, party: textOf(body, 'party') };
  return { channel, choices, days, ...typed, invited, ...(lost && withoutInvitation) };
}

function searched({ choices, visit }: Awaited<ReturnType<typeof readForm>>, res: Response) {
  const { found, chosen } = searchDepartments(choices, res.locals.lang, visit);
  return { found, visit: { ...visit, department: chosen } };
}

function keyOf(body: unknown): string {
  const given = textOf(body, 'key');
  return isUuid(given) ? given : randomUUID();
}

const answerOf = (delivered: { status: 'answered'; answer: Answer } | { status: 'pending' }): Answer | undefined =>
  delivered.status === 'answered' ? delivered.answer : undefined;

const noParty = { companions: [], problem: undefined };

/** Field errors go to their fields; a refusal of another kind stands above the form. */
export function refusalOf(answer: Extract<Answer, { ok: false }>): {
  fields: Record<string, string>;
  refusal?: string;
} {
  const fields = answer.fields ?? {};
  const shown = Object.keys(fields).some((field) => field !== 'consent');
  return shown ? { fields } : { fields: {}, refusal: fields.consent ?? `refusal.${answer.code}` };
}

function channelOf(value: unknown): Channel {
  if (value === 'personal' || value === 'official') return value;
  throw notFound();
}
