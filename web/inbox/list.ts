import type { RequestHandler, Response } from 'express';
import { channels } from '../../domain/reservation.ts';
import { inboxCounts, inboxDepartments, inboxLines, inboxTabs } from '../../store/approval/inbox.ts';
import { keptFilters } from '../../store/approval/inbox-filter.ts';
import { allCampuses, allDepartments } from '../../store/content/content.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { readRefusals } from '../reservations/refusals.ts';
import { whoIs } from '../staff/guard.ts';
import { takeToShow } from '../staff/shown-once.ts';
import { nameLines } from './lines.ts';
import { addressOf, type ChosenView, readView, storedView } from './view.ts';

const pageLength = 50;
/** Minutes left are drawn anew so often, ms. */
const tick = 60_000;

/** `/inbox`: the tasks of one tab, the most urgent first. */
export function showInbox(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const told = await takeToShow(deps, req, '/inbox');
    const list = await readList(deps, res, readView(req.query), { after: req.query.after });
    res.render('inbox/list', { ...list, told });
  };
}

/** What a list on a page asks for again and again: nothing while it is as `seen` says, else the list. */
export function showNews(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { mark } = await inboxCounts(deps, whoIs(res).id);
    if (req.query.seen === seenAs(mark)) return res.status(204).end();
    const beside = isUuid(req.query.beside) ? { current: req.query.beside } : {};
    res.render('inbox/tasks', await readList(deps, res, readView(req.query), beside));
  };
}

const seenAs = (mark: string): string => `${mark.slice(0, 16)}.${Math.floor(Date.now() / tick)}`;

/** @param at `after`: the last task of the page before; `current`: the task that stands beside the list */
export async function readList(
  deps: WebDeps,
  res: Response,
  view: ChosenView,
  at: { after?: unknown; current?: string },
) {
  const { db } = deps;
  const staff = whoIs(res).id;
  const after = isUuid(at.after) ? at.after : undefined;
  const page = { limit: pageLength + 1, ...(after && { after }) };
  const [lines, counts, seats, campuses, departments, kept, refused] = await Promise.all([
    inboxLines(deps, staff, storedView(view), page),
    inboxCounts(deps, staff),
    view.tab === 'done' ? inboxDepartments(deps, staff) : Promise.resolve<string[]>([]),
    allCampuses(db),
    allDepartments(db),
    keptFilters(db, staff),
    readRefusals(deps, res, { kind: 'staff', id: staff }),
  ]);
  const shown = lines.slice(0, pageLength);
  const { t, format } = res.locals;
  const said = (asked: ChosenView): string => {
    const names = [
      t(`inbox.tab.${asked.tab}`),
      asked.channel && t(`channel.${asked.channel}`),
      format.name(campuses.find(({ id }) => id === asked.campus)?.name ?? ''),
      format.name(departments.find(({ id }) => id === asked.department)?.name ?? ''),
      asked.sort === 'newest' && t('inbox.sort.newest'),
    ];
    return names.filter(Boolean).join(' · ');
  };
  return {
    view,
    address: addressOf(view),
    tabs: inboxTabs.map((tab) => ({
      tab,
      count: tab === 'done' ? undefined : counts[tab],
      href: `/inbox${addressOf({ ...view, only: [], tab })}`,
    })),
    lines: await nameLines(deps, staff, shown, view),
    current: at.current,
    next: lines.length > pageLength ? `/inbox${addressOf(view, { after: shown.at(-1)?.id ?? '' })}` : undefined,
    first: !after,
    news: `/inbox/news${addressOf(view, { seen: seenAs(counts.mark), ...(at.current && { beside: at.current }) })}`,
    total: counts.waiting,
    channels,
    campuses,
    departments: departments.filter(
      ({ id }) => seats.includes(id) || counts.seen.includes(id) || id === view.department,
    ),
    kept: kept.map(({ id, query }) => ({
      id,
      href: `/inbox?${query}`,
      name: said(readView(Object.fromEntries(new URLSearchParams(query)))),
    })),
    narrowed: Boolean(view.channel || view.campus || view.department || view.day || view.only.length > 0),
    refused,
  };
}
