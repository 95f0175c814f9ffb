import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { openStages } from '../../domain/reservation.ts';
import { day, isRealDay, startOfDay } from '../../domain/time.ts';
import { allCampuses, allDepartments } from '../../store/content/content.ts';
import { type ReservationFilter, searchReservations } from '../../store/office/reservation-search.ts';
import { findReservation } from '../../store/reservations/reservation.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { recordAct } from '../staff/recording.ts';
import { readSearchTerm } from './search-term.ts';

const pageLength = 50;
/** Drafts have stages too, but to the office they are one thing. */
export const listedStages = ['draft', ...openStages, 'closed'] as const;

const filterQuery = z.object({
  stage: z.enum(listedStages).optional().catch(undefined),
  department: z.string().refine(isUuid).optional().catch(undefined),
  day: z.string().refine(isRealDay).optional().catch(undefined),
  after: z.string().refine(isUuid).optional().catch(undefined),
});

/** `/admin/reservations`: newest first, by stage, department and day of the visit. */
export function listReservations(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { after, ...chosen } = filterQuery.parse(req.query);
    const filter: ReservationFilter = {
      ...(chosen.stage && { stage: chosen.stage }),
      ...(chosen.department && { department: chosen.department }),
      ...(chosen.day && { visit: dayOfVisit(chosen.day) }),
    };
    await showLines(deps, req, res, filter, { by: 'filter', ...(after && { after }), chosen });
  };
}

/** By reservation id, by phone or by document number: posted, answered at once, never part of an address. */
export function searchFor(deps: WebDeps): RequestHandler {
  const { db, index } = deps;
  return async (req, res) => {
    const typed = String(req.body?.term ?? '').slice(0, 64);
    const after = isUuid(req.body?.after) ? { after: String(req.body.after) } : {};
    const term = readSearchTerm(typed);
    if (term.by === 'nothing') return res.redirect(303, '/admin/reservations');
    if (term.by === 'id') {
      const found = await findReservation(db, term.id);
      if (found) return res.redirect(303, `/admin/reservations/${found.id}`);
      return render(deps, res, { lines: [] }, { term: typed });
    }
    const filter: ReservationFilter =
      term.by === 'phone'
        ? { phoneHashes: index.every('phone', term.phone) }
        : { documentHashes: index.every('document', term.document) };
    await showLines(deps, req, res, filter, { by: term.by, term: typed, ...after });
  };
}

function dayOfVisit(text: string): { from: Date; until: Date } {
  const from = startOfDay(text);
  return { from, until: new Date(from.getTime() + day) };
}

interface Shown {
  by: 'filter' | 'phone' | 'document';
  after?: string;
  chosen?: { stage?: string | undefined; department?: string | undefined; day?: string | undefined };
  term?: string;
}

async function showLines(deps: WebDeps, req: Request, res: Response, filter: ReservationFilter, shown: Shown) {
  const found = await searchReservations(deps.db, deps.cipher, filter, {
    limit: pageLength,
    ...(shown.after && { after: shown.after }),
  });
  await recordAct(deps, req, res, {
    action: 'reservations_searched',
    subject: { kind: 'list', id: 'reservations' },
    detail: { by: shown.by, ...shown.chosen, found: found.lines.length },
  });
  await render(deps, res, found, shown);
  return found;
}

type Found = Awaited<ReturnType<typeof searchReservations>>;

async function render({ db }: WebDeps, res: Response, { lines, next }: Found, shown: Omit<Shown, 'by'>) {
  const [campuses, departments] = await Promise.all([allCampuses(db), allDepartments(db)]);
  const chosen = Object.fromEntries(Object.entries(shown.chosen ?? {}).filter(([, value]) => value));
  res.locals.path = '/admin/reservations';
  res.render('admin/list', {
    lines: lines.map((line) => ({
      ...line,
      campusName: campuses.find((campus) => campus.id === line.campus)?.name,
      departmentName: departments.find((department) => department.id === line.department)?.name,
    })),
    next,
    nextQuery: next && !shown.term ? new URLSearchParams({ ...chosen, after: next }).toString() : undefined,
    chosen,
    term: shown.term ?? '',
    stages: listedStages,
    departments,
    campuses,
    first: !shown.after,
  });
}
