import { type Request, type RequestHandler, type Response, Router } from 'express';
import { dayOf } from '../../domain/time.ts';
import { notFound } from '../../platform/errors.ts';
import { findStaffAccount } from '../../store/staff/account.ts';
import { colleaguesOf } from '../../store/staff/colleague.ts';
import {
  endStandIn,
  letStandIn,
  type StandIn,
  type StandInKind,
  standInKinds,
  standInsOf,
} from '../../store/staff/standing-in.ts';
import type { WebDeps } from '../deps.ts';
import { textOf, textsOf } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { adminOnly, navigation, staffOnly, whoIs } from '../staff/guard.ts';
import { recordAct } from '../staff/recording.ts';
import { sayPeriod, sayRefusal, saySaved } from './sentences.ts';
import { assistantFields, delegationFields, readWish, type Texts } from './wish.ts';

/**
 * Who stands in for a member of staff, for a time (委托) or as an assistant: at `/staff/standing-in` everybody sees to
 * their own, at `/admin/staff/:id/standing-in` an admin to that of somebody who cannot.
 */
export function standingInRoutes(deps: WebDeps): Router {
  const router = Router();
  const sides: [top: string, who: RequestHandler[], person: PersonOf][] = [
    ['/staff/standing-in', [staffOnly, navigation(deps)], async (_req, res) => ({ ...whoIs(res), own: true })],
    [
      '/admin/staff/:id/standing-in',
      [staffOnly, adminOnly, navigation(deps)],
      async (req) => ({ ...(await accountOf(deps, req)), own: false }),
    ],
  ];
  for (const [top, who, person] of sides) {
    router.get(top, who, async (req: Request, res: Response) => {
      await show(deps, res, await person(req, res), { saved: textOf(req.query, 'saved') });
    });
    for (const kind of standInKinds) {
      router.post(`${top}/${pathOf[kind]}`, who, give(deps, kind, person));
      router.post(`${top}/${pathOf[kind]}/:standIn/end`, who, end(deps, kind, person));
    }
  }
  return router;
}

const pathOf: Record<StandInKind, string> = { delegation: 'delegations', assistant: 'assistants' };

interface Person {
  id: string;
  name: string;
  /** It is the person who is signed in. */
  own: boolean;
}
type PersonOf = (req: Request, res: Response) => Promise<Person>;

/** @throws AppError 404, also for somebody who has left: nobody stands in for them */
async function accountOf({ db }: WebDeps, req: Request): Promise<{ id: string; name: string }> {
  const { id } = req.params;
  const account = isUuid(id) ? await findStaffAccount(db, id) : undefined;
  if (!account || account.leftAt) throw notFound();
  return account;
}

const addressOf = ({ id, own }: Person): string => (own ? '/staff/standing-in' : `/admin/staff/${id}/standing-in`);

function give(deps: WebDeps, kind: StandInKind, personOf: PersonOf): RequestHandler {
  return async (req, res) => {
    const person = await personOf(req, res);
    const texts: Texts = { ...blank(), ...textsOf(req.body, fieldsOf[kind]) };
    const { wish, fields } = await readWish(deps.db, kind, person.id, texts);
    if (!wish) return show(deps, res.status(422), person, { texts, fields });
    const given = await deps.db.transaction(async (trx) => {
      const answer = await letStandIn(trx, { ...wish, staff: person.id });
      if (answer.ok && answer.isNew) {
        const detail = { standIn: wish.standIn, row: answer.id };
        await recordStandIn(deps, { req, res }, person, { action: `${kind}_given`, detail }, trx);
      }
      return answer;
    });
    if (given.ok) return res.redirect(303, `${addressOf(person)}?saved=${given.id}`);
    const [name] = fieldsOf[kind];
    const refuse = (wrong: string) => show(deps, res.status(422), person, { texts, fields: { [name]: wrong } });
    if (given.why === 'left') return refuse('field.colleague_nobody');
    if (given.why === 'auditor') return refuse('field.colleague_auditor');
    await show(deps, res.status(422), person, { texts, refusals: { [name]: sayRefusal(res, given) } });
  };
}

const fieldsOf = { delegation: delegationFields, assistant: assistantFields } as const;

function end(deps: WebDeps, kind: StandInKind, personOf: PersonOf): RequestHandler {
  return async (req, res) => {
    const { standIn: id } = req.params;
    if (!isUuid(id)) throw notFound();
    const person = await personOf(req, res);
    await deps.db.transaction(async (trx) => {
      const ended = await endStandIn(trx, { kind, id, staff: person.id });
      if (!ended) throw notFound();
      // One that has ended meanwhile has ended.
      if (ended === 'over') return;
      const detail = { ...ended, row: id };
      await recordStandIn(deps, { req, res }, person, { action: `${kind}_ended`, detail }, trx);
    });
    res.redirect(303, `${addressOf(person)}?saved=ended`);
  };
}

const recordStandIn = (
  deps: WebDeps,
  { req, res }: { req: Request; res: Response },
  { id }: Person,
  act: { action: `${StandInKind}_${'given' | 'ended'}`; detail: Record<string, unknown> },
  trx: WebDeps['db'],
) => recordAct(deps, req, res, { ...act, subject: { kind: 'staff', id } }, trx);

interface Page {
  /** What was done: `ended`, or the id of what was given. */
  saved?: string;
  texts?: Texts;
  fields?: Record<string, string>;
  /** Sentences of what the rows refuse, by field. */
  refusals?: Record<string, string>;
}

const blank = (): Texts => {
  const today = dayOf(Date.now());
  return { delegate: '', from_day: today, until_day: today, assistant: '' };
};

async function show(
  { db }: WebDeps,
  res: Response,
  person: Person,
  { saved = '', texts = blank(), fields = {}, refusals = {} }: Page,
): Promise<void> {
  const [standIns, colleagues] = await Promise.all([standInsOf(db, person.id), colleaguesOf(db, person.id)]);
  res.locals.path = addressOf(person);
  const given = standIns.filter(({ staff }) => staff.id === person.id);
  res.render('standing-in/page', {
    person,
    at: addressOf(person),
    pathOf,
    given,
    held: standIns.filter(({ standIn }) => standIn.id === person.id),
    period: (one: StandIn) => sayPeriod(res, one),
    colleagues,
    saved: saySaved(res, given, saved),
    texts,
    fields,
    refusals,
  });
}
