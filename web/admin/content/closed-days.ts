import type { Request, RequestHandler, Response } from 'express';
import { isRealDay, toLocalInput } from '../../../domain/time.ts';
import { notFound } from '../../../platform/errors.ts';
import { addClosedDay, closedDaysFrom, removeClosedDay } from '../../../store/content/closed-day.ts';
import { allCampuses } from '../../../store/content/content.ts';
import { forgetContent } from '../../../store/content/content-cache.ts';
import type { WebDeps } from '../../deps.ts';
import { textsOf } from '../../form-value.ts';
import { isUuid } from '../../is-uuid.ts';
import { whoIs } from '../../staff/guard.ts';
import { pair } from './fields.ts';
import { recordChange } from './rows.ts';

const names = ['campus', 'day', 'reason_zh', 'reason_en'] as const;
const reasons = pair('reason', { required: true, max: 40 });

/** `/admin/content/closed-days`: from today on, soonest first. */
export function listClosedDays(deps: WebDeps): RequestHandler {
  return (_req, res) => render(deps, res, {}, {});
}

export function addDay(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const texts = textsOf(req.body, names);
    const campuses = await allCampuses(deps.db);
    const fields: Record<string, string> = {};
    if (!campuses.some(({ id }) => id === texts.campus)) fields.campus = 'field.campus_empty';
    if (!isRealDay(texts.day)) fields.day = texts.day ? 'field.time_invalid' : 'field.required';
    else if (texts.day < today()) fields.day = 'field.window_past';
    for (const one of reasons) {
      const read = one.read(texts[one.name as 'reason_zh'], null);
      if (!read.ok) fields[one.name] = read.problem;
    }
    if (Object.keys(fields).length > 0) return render(deps, res.status(422), texts, fields);
    const { campus, day } = texts;
    const isNew = await deps.db.transaction(async (trx) => {
      const added = await addClosedDay(trx, {
        campus,
        day,
        reason: { 'zh-CN': texts.reason_zh.trim(), en: texts.reason_en.trim() },
      });
      if (added) await record(deps, { req, res }, { campus, day }, trx);
      return added;
    });
    if (!isNew && !(await isSame(deps, texts)))
      return render(deps, res.status(422), texts, { day: 'content.problem.closed_already' });
    forgetContent(deps.db);
    res.redirect(303, '/admin/content/closed-days?saved=day');
  };
}

/** Visitors may come on that day again. */
export function reopenDay(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { campus, day } = req.params;
    if (!isUuid(campus) || typeof day !== 'string' || !isRealDay(day)) throw notFound();
    await deps.db.transaction(async (trx) => {
      const was = await removeClosedDay(trx, { campus, day, staff: whoIs(res).id });
      if (was) await record(deps, { req, res }, { campus, day }, trx);
    });
    forgetContent(deps.db);
    res.redirect(303, '/admin/content/closed-days?saved=day');
  };
}

const today = (): string => toLocalInput(Date.now()).slice(0, 10);

/** The same form twice is one day. */
async function isSame({ db }: WebDeps, texts: Record<(typeof names)[number], string>): Promise<boolean> {
  const days = await closedDaysFrom(db, texts.day);
  const found = days.find(({ campus, day }) => campus === texts.campus && day === texts.day);
  return found?.reason['zh-CN'] === texts.reason_zh.trim() && found.reason.en === texts.reason_en.trim();
}

const record = (
  deps: WebDeps,
  exchange: { req: Request; res: Response },
  { campus, day }: { campus: string; day: string },
  trx: WebDeps['db'],
) => recordChange(deps, exchange, { kind: 'closed_day', id: `${campus}/${day}`, version: 1 }, trx);

async function render({ db }: WebDeps, res: Response, texts: Record<string, string>, fields: Record<string, string>) {
  const [campuses, days] = await Promise.all([allCampuses(db), closedDaysFrom(db, today())]);
  res.locals.path = '/admin/content/closed-days';
  res.render('admin/content/closed-days', {
    campuses,
    days,
    texts,
    fields,
    today: today(),
    campusOf: (id: string) => campuses.find((campus) => campus.id === id),
    saved: typeof res.req.query.saved === 'string',
  });
}
