import type { Request, RequestHandler, Response } from 'express';
import { maskName } from '../../domain/masking.ts';
import { minute } from '../../domain/time.ts';
import { boundsOfToday } from '../../store/approval/revocation.ts';
import { allCampuses, allDepartments, allGates } from '../../store/content/content.ts';
import { gatesAtDesk } from '../../store/gates/gate-status.ts';
import { gateMisuses } from '../../store/gates/misuse.ts';
import { insideAtDesk, type PersonInside } from '../../store/office/inside.ts';
import type { WebDeps } from '../deps.ts';
import { gatesShown } from '../staff/gates-shown.ts';
import { whoIs } from '../staff/guard.ts';
import { onceWithin } from '../staff/once.ts';
import { recordAct } from '../staff/recording.ts';

/** `/security/inside`: who is inside, since when, and until when. Names are masked. The page asks again by itself. */
export function showInside(deps: WebDeps): RequestHandler {
  const firstLook = onceWithin(10 * minute);
  return async (req, res) => {
    const people = await look(deps, res);
    if (firstLook(whoIs(res).id)) await recordLook(deps, req, res, people.length);
    const [statuses, gates, misuse] = await Promise.all([
      gatesAtDesk(deps.db, whoIs(res).id),
      allGates(deps.db),
      gateMisuses(deps.db),
    ]);
    res.render('security/inside', {
      gates: gatesShown(statuses, gates, misuse),
      people: people.map((person) => ({ ...person, name: person.name && maskName(person.name) })),
    });
  };
}

const recordLook = (deps: WebDeps, req: Request, res: Response, found: number) =>
  recordAct(deps, req, res, { action: 'inside_listed', subject: { kind: 'list', id: 'security' }, detail: { found } });

async function look({ db, cipher }: WebDeps, res: Response) {
  const inside = await insideAtDesk(db, cipher, whoIs(res).id);
  const [campuses, departments, gates] = await Promise.all([allCampuses(db), allDepartments(db), allGates(db)]);
  const unknown = new Set(inside.filter(({ exitsRecorded }) => !exitsRecorded).map(({ campus }) => campus));
  res.locals.withoutExits = campuses.filter(({ id }) => unknown.has(id)).map(({ name }) => name);
  const now = new Date();
  const { today } = boundsOfToday();
  return inside.map((person: PersonInside) => ({
    ...person,
    overdue: person.until <= now,
    /** The desk opens visits of today only. */
    ofToday: person.until > today,
    campusName: campuses.find(({ id }) => id === person.campus)?.name,
    departmentName: departments.find(({ id }) => id === person.department)?.name,
    gateName: gates.find(({ id }) => id === person.gate)?.name,
  }));
}
