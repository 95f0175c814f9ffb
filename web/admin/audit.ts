import type { RequestHandler } from 'express';
import { apiKeyLabels } from '../../store/api/key.ts';
import { auditActions } from '../../store/audit/audit.ts';
import { auditLog } from '../../store/audit/audit-log.ts';
import { allGates } from '../../store/content/content.ts';
import { staffNames } from '../../store/staff/staff.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { actedBy } from '../staff/acted-by.ts';
import { recordAct } from '../staff/recording.ts';
import { subjectNaming } from './audit-subjects.ts';

const pageLength = 100;

/** `/admin/audit`: who did what, newest first, of one kind where one is chosen. To read only. */
export function showAudit(deps: WebDeps): RequestHandler {
  const { db } = deps;
  return async (req, res) => {
    const asked = textOf(req.query, 'action');
    const action = auditActions.find((one) => one === asked);
    // Everything would look like what was asked for.
    if (asked && !action)
      return res.status(422).render('admin/audit', { rows: [], actions: auditActions, problem: 'no_action' });
    const before = /^[1-9]\d{0,14}$/.test(String(req.query.before)) ? Number(req.query.before) : undefined;
    const { rows, next } = await auditLog(db, { limit: pageLength, before, action });
    const staffIds = rows
      .flatMap(({ actor, subject }) => [actor, subject, { kind: 'staff', id: actor.for?.staff }])
      .flatMap(({ kind, id }) => (kind === 'staff' && isUuid(id) ? [id] : []));
    const [names, gates, keys] = await Promise.all([
      staffNames(db, [...new Set(staffIds)]),
      allGates(db),
      apiKeyLabels(db),
    ]);
    const nameSubject = await subjectNaming(db, res, names);
    await recordAct(deps, req, res, {
      action: 'audit_viewed',
      subject: { kind: 'list', id: 'audit' },
      detail: { ...(action && { action }), ...(before && { before }) },
    });
    res.render('admin/audit', {
      rows: rows.map((row) => ({ ...row, named: nameSubject(row) })),
      action,
      actions: auditActions,
      next: next && new URLSearchParams({ ...(action && { action }), before: String(next) }).toString(),
      first: before === undefined,
      actedBy,
      staffOf: (id: string | null) => names.get(id ?? ''),
      keyOf: (id: string | null) => keys.get(id ?? ''),
      gateOf: (id: string | null) => gates.find((gate) => gate.id === id)?.name,
    });
  };
}
