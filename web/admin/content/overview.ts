import type { RequestHandler } from 'express';
import { contentRows } from '../../../store/content/content-edit.ts';
import { guideKinds } from '../../../store/content/guide.ts';
import { noticeKinds } from '../../../store/content/notice.ts';
import { newestVersions } from '../../../store/content/publication.ts';
import { unattendedDepartments } from '../../../store/office/unattended.ts';
import { holdersByDepartment } from '../../../store/staff/staff-role.ts';
import type { WebDeps } from '../../deps.ts';
import { inTree, namesOf } from './choices.ts';
import { forms, type ListedKind } from './forms.ts';

/** `/admin/content`: all that an office may edit, and since when it stands. */
export function showOverview({ db }: WebDeps): RequestHandler {
  return async (req, res) => {
    const [campuses, gates, departments, reasons, refusalReasons, notices, guides] = await Promise.all([
      contentRows(db, 'campus'),
      contentRows(db, 'gate'),
      contentRows(db, 'department'),
      contentRows(db, 'reason'),
      contentRows(db, 'refusal_reason'),
      newestVersions(db, 'notice'),
      newestVersions(db, 'guide'),
    ]);
    res.render('admin/content/overview', {
      namesOf,
      campuses: campuses.map((campus) => ({
        ...campus,
        gates: gates.filter((gate) => gate.campus === campus.id),
        guides: guideKinds.map((kind) => ({
          kind,
          newest: guides.find((guide) => guide.kind === kind && guide.campus === campus.id),
        })),
      })),
      departments: departments.length,
      reasons: reasons.length,
      refusalReasons: refusalReasons.length,
      notices: noticeKinds.map((kind) => ({ kind, newest: notices.find((notice) => notice.kind === kind) })),
      saved: typeof req.query.saved === 'string',
    });
  };
}

/** `/admin/content/departments` and the other lists. */
export function listRows({ db }: WebDeps, kind: ListedKind): RequestHandler {
  return async (req, res) => {
    const [campuses, departments, rows, unattended, heads] = await Promise.all([
      contentRows(db, 'campus'),
      contentRows(db, 'department'),
      contentRows(db, kind),
      unattendedDepartments(db),
      holdersByDepartment(db, 'head'),
    ]);
    res.render('admin/content/list', {
      kind,
      path: `/admin/content/${forms[kind].path}`,
      campuses,
      namesOf,
      lines: kind === 'department' ? inTree(rows) : rows.map((row) => ({ row, depth: 0 })),
      departmentOf: (id: unknown) => departments.find((row) => row.id === id),
      headsOf: (id: string) => heads.get(id) ?? [],
      unattended: new Set(unattended.map(({ id }) => id)),
      saved: typeof req.query.saved === 'string',
    });
  };
}
