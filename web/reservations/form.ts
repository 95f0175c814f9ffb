import { randomUUID } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { maskPhone } from '../../domain/masking.ts';
import type { Answer } from '../../domain/request.ts';
import type { Channel } from '../../domain/reservation.ts';
import { notFound } from '../../platform/errors.ts';
import { allDepartments, openCampuses, openReasons } from '../../store/content.ts';
import { lookUpPerson } from '../../store/person.ts';
import { findRequest } from '../../store/request.ts';
import { readSubmission } from '../../store/submission.ts';
import { partySent, shownParty, submittedParty } from '../companions/selection.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { type AboutPerson, aboutPerson } from '../profile/about-person.ts';
import {
  asksOtherDocument,
  type PersonTexts,
  personTexts,
  readPerson,
  readPersonTexts,
} from '../profile/person-form.ts';
import { agreed, complete, guardianStep, signedIn, whoVisits } from '../visitor/guard.ts';
import { keepSubmission } from './submitting.ts';
import {
  type Choices,
  freshVisitTexts,
  readVisit,
  readVisitTexts,
  type VisitTexts,
  visitTextsOf,
} from './visit-form.ts';

/** 个人访客通道, 因公访客通道: the form and its submission. Opening the form starts nothing. */
export function formRoutes(deps: WebDeps): Router {
  const router = Router();
  router.get('/reservations/new', signedIn, agreed, complete, async (req, res) => {
    const channel = channelOf(req.query.channel);
    const { id } = whoVisits(res);
    const known = lookUpPerson(deps.reads, deps.cipher, id);
    const [choices, person, about] = await Promise.all([readChoices(deps), known, aboutPerson(deps, id, known)]);
    const earlier = await earlierSubmission(deps, res, req.query.again);
    // What was typed before the form was left for the book.
    const left = (await shownParty(deps, whoVisits(res).id, req.query.party))?.form;
    const isLeft = left?.key !== undefined;
    await show(deps, res, channel, choices, {
      person: isLeft ? readPersonTexts(left) : personTexts(person, person?.phone ?? ''),
      visit: isLeft ? readVisitTexts(left) : earlier ? visitTextsOf(earlier) : freshVisitTexts(choices),
      key: isUuid(left?.key) ? left.key : randomUUID(),
      party: req.query.party,
      about,
    });
  });

  router.post('/reservations', signedIn, agreed, complete, (req, res) => submit(deps, req, res));
  return router;
}

async function submit(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const channel = channelOf(textOf(req.body, 'channel'));
  const choices = await readChoices(deps);
  const texts = { person: readPersonTexts(req.body), visit: readVisitTexts(req.body) };
  const givenKey = textOf(req.body, 'key');
  const key = isUuid(givenKey) ? givenKey : randomUUID();

  const party = textOf(req.body, 'party');
  if (asksOtherDocument(req.body)) return show(deps, res, channel, choices, { ...texts, key, party });
  const person = readPerson(texts.person);
  const visit = readVisit(channel, texts.visit, choices);
  const lead = whoVisits(res).id;
  const { companions, problem } = await submittedParty(deps, { lead, party, channel, campus: texts.visit.campus });
  if (!person.ok || !visit.ok || problem) {
    const fields = {
      ...(person.ok ? {} : person.fields),
      ...(visit.ok ? {} : visit.fields),
      ...(problem ? { companions: problem } : {}),
    };
    res.status(422);
    return show(deps, res, channel, choices, { ...texts, key, fields, party });
  }
  const kept = await keepSubmission(
    deps,
    { req, res },
    { key, details: person.details, visit: visit.visit, companions },
  );
  if (kept.result === 'child') return res.redirect(303, guardianStep);
  const delivered = kept.result === 'kept' ? await deps.delivery.deliver(key) : undefined;
  const answer = delivered ? answerOf(delivered) : (await findRequest(deps.db, key))?.answer;
  if (answer && !answer.ok) {
    res.status(422);
    // This key has had its answer: what is sent next is another request.
    return show(deps, res, channel, choices, { ...texts, key: randomUUID(), party, ...refusalOf(answer) });
  }
  await partySent(deps, lead, party);
  res.redirect(303, `/reservations/${kept.reservation}`);
}

const answerOf = (delivered: { status: 'answered'; answer: Answer } | { status: 'pending' }): Answer | undefined =>
  delivered.status === 'answered' ? delivered.answer : undefined;

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

async function readChoices({ db }: Pick<WebDeps, 'db'>): Promise<Choices & Shown> {
  const [campuses, departments, reasons] = await Promise.all([openCampuses(db), allDepartments(db), openReasons(db)]);
  return { campuses, departments: departments.filter(({ receives, closedAt }) => receives && !closedAt), reasons };
}

type Shown = { campuses: Awaited<ReturnType<typeof openCampuses>> };

/** An own submission that was not admitted, to correct it. */
async function earlierSubmission({ db, cipher }: WebDeps, res: Response, id: unknown) {
  if (!isUuid(id)) return undefined;
  const own = await db('submission as s')
    .join('reservation as r', 'r.id', 's.reservation_id')
    .where({ 's.id': id, 'r.visitor_id': whoVisits(res).id })
    .first('s.id');
  return own && readSubmission(db, cipher, id);
}

async function show(
  deps: WebDeps,
  res: Response,
  channel: Channel,
  choices: Choices & Shown,
  form: {
    person: PersonTexts;
    visit: VisitTexts;
    key: string;
    party: unknown;
    fields?: Record<string, string>;
    refusal?: string;
    about?: AboutPerson;
  },
): Promise<void> {
  const { id } = whoVisits(res);
  const about = form.about ?? (await aboutPerson(deps, id, lookUpPerson(deps.reads, deps.cipher, id)));
  const party = await shownParty(deps, id, form.party);
  res.render('reservations/new', {
    ...{ channel, choices, fields: {}, refusal: undefined, ...form },
    ...{ about, party, maskPhone },
  });
}
