import type { Request, Response } from 'express';
import { notFound } from '../../../../platform/errors.ts';
import type { MovableVisit, MoveTarget } from '../../../../store/approval/movable-visits.ts';
import { type PolicyVersion, versionsOf } from '../../../../store/approval/policy.ts';
import { allCampuses, allDepartments } from '../../../../store/content/content.ts';
import type { WebDeps } from '../../../deps.ts';
import { textOf } from '../../../form-value.ts';
import { type Subject, subjectOf } from '../page.ts';

/** To which version visits are moved: `to` is its number; left out: the newest. */

/** As many as one form moves. */
export const pageLength = 20;

export interface Moving {
  subject: Subject;
  target: MoveTarget;
  version: PolicyVersion;
}

/** @throws AppError 404 for a policy or version that there is not, and one that has no steps of its own */
export async function movingTo(deps: WebDeps, req: Request): Promise<Moving> {
  const subject = await subjectOf(deps, req);
  const { policy } = subject;
  if (!policy) throw notFound();
  const said = textOf(req.method === 'GET' ? req.query : req.body, 'to');
  const versions = await versionsOf(deps.db, policy.id);
  const version = said === '' ? versions[0] : versions.find((one) => String(one.version) === said);
  if (!version?.document) throw notFound();
  return { subject, version, target: { policy: policy.id, version: version.id, isNewest: version === versions[0] } };
}

/** What a line says of a visit, in the reader's language. */
export async function linesOf({ db }: WebDeps, visits: readonly MovableVisit[]) {
  const [departments, campuses] = [await allDepartments(db), await allCampuses(db)];
  const nameIn = (rows: readonly { id: string; name: unknown }[], id: string) =>
    rows.find((one) => one.id === id)?.name;
  return visits.map((visit) => ({
    ...visit,
    departmentName: nameIn(departments, visit.department),
    campusName: nameIn(campuses, visit.campus),
  }));
}

/** What every page of it draws above. */
export async function headOf({ db }: WebDeps, res: Response, { subject, version, target }: Moving) {
  res.locals.path = `/admin/policies/${subject.id}/visits`;
  return {
    at: `/admin/policies/${subject.id}`,
    scope: subject.scope,
    departments: await allDepartments(db),
    version,
    isNewest: target.isNewest,
  };
}
