import type { RequestHandler } from 'express';
import { contentRows } from '../../../store/content/content-edit.ts';
import { guideKinds } from '../../../store/content/guide.ts';
import { noticeKinds } from '../../../store/content/notice.ts';
import { newestVersions } from '../../../store/content/publication.ts';
import { unattendedDepartments } from '../../../store/office/unattended.ts';
import { holdersByDepartment } from '../../../store/staff/staff-role.ts';
import type { WebDeps } from '../../deps.ts';
import { namesOf } from './choices.ts';
import { forms, type ListedKind } from './forms.ts';
import { treeOf } from './tree.ts';

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

/** `/admin/content/departments`: the tree of each campus. */
export function listDepartments({ db }: WebDeps): RequestHandler {
  return async (req, res) => {
    const [campuses, departments, unattended, heads] = await Promise.all([
      contentRows(db, 'campus'),
      contentRows(db, 'department'),
      unattendedDepartments(db),
      holdersByDepartment(db, 'head'),
    ]);
    res.render('admin/content/departments', {
      path: `/admin/content/${forms.department.path}`,
      campuses: campuses.map((campus) => ({
        campus,
        branches: treeOf(departments.filter((row) => row.campus === campus.id)),
      })),
      namesOf,
      headsOf: (id: string) => heads.get(id) ?? [],
      unattended: new Set(unattended.map(({ id }) => id)),
      saved: typeof req.query.saved === 'string',
    });
  };
}

/** The other lists. */
export function listRows({ db }: WebDeps, kind: Exclude<ListedKind, 'department'>): RequestHandler {
  return async (req, res) => {
    const [rows, departments] = await Promise.all([contentRows(db, kind), contentRows(db, 'department')]);
    res.render('admin/content/list', {
      kind,
      path: `/admin/content/${forms[kind].path}`,
      rows,
      namesOf,
      departmentOf: (id: unknown) => departments.find((row) => row.id === id),
      saved: typeof req.query.saved === 'string',
    });
  };
}
