import type { Request, RequestHandler, Response } from 'express';
import { dayOf, isRealDay } from '../../../domain/time.ts';
import { notFound } from '../../../platform/errors.ts';
import {
  addCalendarDay as add,
  type CalendarDay,
  calendarDaysFrom,
  editCalendarDay as edit,
  findCalendarDay,
  removeCalendarDay as remove,
} from '../../../store/content/working-calendar.ts';
import type { WebDeps } from '../../deps.ts';
import { textsOf } from '../../form-value.ts';
import { whoIs } from '../../staff/guard.ts';
import { pair } from './fields.ts';
import { readVersion, recordChange } from './rows.ts';

const top = '/admin/content/calendar';
const names = ['day', 'works', 'name_zh', 'name_en'] as const;
type Texts = Record<(typeof names)[number], string>;
const called = pair('name', { required: true, max: 40 });

/** `/admin/content/calendar`: holidays and make-up workdays of this year and later, soonest first. */
export function showCalendar(deps: WebDeps): RequestHandler {
  return (_req, res) => renderCalendar(deps, res, {}, {});
}

export function addCalendarDay(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const texts = textsOf(req.body, names);
    const read = readNewDay(texts);
    if (!read.ok) return renderCalendar(deps, res.status(422), texts, read.fields);
    const isNew = await deps.db.transaction(async (trx) => {
      const added = await add(trx, read.said);
      if (added) await record(deps, { req, res }, read.said.day, 1, trx);
      return added;
    });
    // The same form twice is one day.
    if (!isNew && !isSame(await findCalendarDay(deps.db, read.said.day), read.said))
      return renderCalendar(deps, res.status(422), texts, { day: 'calendar.already' });
    res.redirect(303, `${top}?saved=day`);
  };
}

export function showCalendarDay(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const day = await dayFor(deps, req);
    renderDay(res, day, textsFor(day), {});
  };
}

export function editCalendarDay(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const day = await dayFor(deps, req);
    const texts = { ...textsOf(req.body, names), day: day.day };
    const version = readVersion(req);
    const read = readDay(texts);
    if (!read.ok) return renderDay(res.status(422), { ...day, version }, texts, read.fields);
    const done = await deps.db.transaction(async (trx) => {
      const end = await edit(trx, { said: read.said, version, staff: whoIs(res).id });
      if (end === 'saved') await record(deps, { req, res }, day.day, version + 1, trx);
      return end;
    });
    if (done === 'saved' || done === 'same') return res.redirect(303, `${top}?saved=day`);
    if (done === 'gone') return renderCalendar(deps, res.status(409), texts, { day: 'calendar.gone' });
    renderDay(res.status(409), await dayFor(deps, req), texts, {}, true);
  };
}

/** The day is like any other of its week again. */
export function removeCalendarDay(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { day } = req.params;
    if (typeof day !== 'string' || !isRealDay(day)) throw notFound();
    await deps.db.transaction(async (trx) => {
      if (await remove(trx, { day, staff: whoIs(res).id })) await record(deps, { req, res }, day, 1, trx);
    });
    res.redirect(303, `${top}?saved=day`);
  };
}

type Said = Pick<CalendarDay, 'day' | 'works' | 'name'>;
type Read = { ok: true; said: Said } | { ok: false; fields: Record<string, string> };

/** Nobody announces a holiday earlier than this; in years. */
const mostYearsAhead = 5;
const thisYear = (): number => Number(dayOf(Date.now()).slice(0, 4));
/** The first day of the list. */
const firstDay = (): string => `${thisYear()}-01-01`;

/** A day that the list shows, so that somebody can see and remove what they added. */
function readNewDay(texts: Texts): Read {
  const read = readDay(texts);
  const problem = isRealDay(texts.day) ? findRangeProblem(texts.day) : undefined;
  if (!problem) return read;
  return { ok: false, fields: { day: problem, ...(!read.ok && read.fields) } };
}

function findRangeProblem(day: string): string | undefined {
  if (day < firstDay()) return 'calendar.past';
  return day > `${thisYear() + mostYearsAhead}-12-31` ? 'calendar.far' : undefined;
}

function readDay(texts: Texts): Read {
  const fields: Record<string, string> = {};
  if (!isRealDay(texts.day)) fields.day = texts.day ? 'field.time_invalid' : 'field.required';
  if (!['holiday', 'worked'].includes(texts.works)) fields.works = 'field.choose';
  const [zh, en] = called.map((one) => {
    const read = one.read(texts[one.name as 'name_zh'], null);
    if (read.ok) return String(read.value);
    fields[one.name] = read.problem;
    return '';
  });
  if (Object.keys(fields).length > 0) return { ok: false, fields };
  return {
    ok: true,
    said: { day: texts.day, works: texts.works === 'worked', name: { 'zh-CN': zh ?? '', en: en ?? '' } },
  };
}

const isSame = (found: CalendarDay | undefined, { works, name }: Said): boolean =>
  found?.works === works && found.name['zh-CN'] === name['zh-CN'] && found.name.en === name.en;

const textsFor = ({ day, works, name }: CalendarDay): Texts => ({
  day,
  works: works ? 'worked' : 'holiday',
  name_zh: name['zh-CN'],
  name_en: name.en,
});

async function dayFor({ db }: WebDeps, req: Request): Promise<CalendarDay> {
  const { day } = req.params;
  const found = typeof day === 'string' && isRealDay(day) ? await findCalendarDay(db, day) : undefined;
  if (!found) throw notFound();
  return found;
}

const record = (
  deps: WebDeps,
  exchange: { req: Request; res: Response },
  day: string,
  version: number,
  trx: WebDeps['db'],
) => recordChange(deps, exchange, { kind: 'calendar_day', id: day, version }, trx);

async function renderCalendar({ db }: WebDeps, res: Response, texts: Partial<Texts>, fields: Record<string, string>) {
  const from = firstDay();
  res.locals.path = top;
  res.render('admin/content/calendar', {
    from,
    days: await calendarDaysFrom(db, from),
    texts,
    fields,
    saved: typeof res.req.query.saved === 'string',
  });
}

function renderDay(res: Response, day: CalendarDay, texts: Texts, fields: Record<string, string>, stale = false): void {
  res.locals.path = `${top}/${day.day}`;
  const now = textsFor(day);
  const differences = stale ? names.filter((name) => texts[name] !== now[name]) : [];
  res.render('admin/content/calendar-day', { day, texts, fields, stale, now, differences });
}
