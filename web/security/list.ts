import type { Request, RequestHandler, Response } from 'express';
import { readGateCode } from '../../domain/gate-code.ts';
import { normalisePlate } from '../../domain/plate.ts';
import { normaliseLine, normaliseName } from '../../domain/text.ts';
import { allCampuses, allDepartments } from '../../store/content/content.ts';
import { openEmergencies } from '../../store/gates/emergency.ts';
import { type DeskTerm, visitsAtDesk } from '../../store/office/desk.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { whoIs } from '../staff/guard.ts';
import { recordAct } from '../staff/recording.ts';
import { showContradictions } from './contradictions.ts';

/** As many as somebody at a gate looks through; the search finds the others. */
const most = 30;

/** `/security`: what goes on and what comes next today. */
export function showDesk(deps: WebDeps): RequestHandler {
  return (req, res) => render(deps, req, res, '');
}

/** By a whole name, the end of a phone, a plate or a gate code: posted, answered at once, never part of an address. */
export function searchDesk(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const typed = textOf(req.body, 'term').slice(0, 64);
    if (normaliseLine(typed) === '') return res.redirect(303, '/security');
    await render(deps, req, res, typed);
  };
}

/** All that one text may be: somebody at a gate says what they have at hand. */
export function readDeskTerm(typed: string): DeskTerm {
  const name = normaliseName(typed);
  const digits = name.replace(/[\s-]/g, '');
  const gateCode = readGateCode(typed);
  return {
    name,
    plate: normalisePlate(typed),
    ...(/^\d{4,15}$/.test(digits) && { phoneTail: digits }),
    ...(gateCode && { gateCode }),
  };
}

async function render(deps: WebDeps, req: Request, res: Response, typed: string): Promise<void> {
  const { db, cipher } = deps;
  const term = typed === '' ? undefined : readDeskTerm(typed);
  const found = await visitsAtDesk(db, cipher, whoIs(res).id, { limit: most + 1, ...(term && { term }) });
  const [campuses, departments, emergencies] = await Promise.all([
    allCampuses(db),
    allDepartments(db),
    openEmergencies(db, whoIs(res).id),
  ]);
  const lines = found.slice(0, most);
  await recordAct(deps, req, res, {
    action: 'reservations_searched',
    subject: { kind: 'list', id: 'security' },
    detail: { by: term ? 'term' : 'today', found: lines.length },
  });
  res.locals.path = '/security';
  res.render('security/list', {
    term: typed,
    contradictions: await showContradictions(deps, res, whoIs(res).id),
    emergencies,
    more: found.length > most,
    lines: lines.map((line) => ({
      ...line,
      campusName: campuses.find(({ id }) => id === line.campus)?.name,
      departmentName: departments.find(({ id }) => id === line.department)?.name,
    })),
  });
}
