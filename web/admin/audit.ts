import type { RequestHandler } from 'express';
import { auditActions } from '../../store/audit/audit.ts';
import { auditLog } from '../../store/audit/audit-log.ts';
import { allGates } from '../../store/content/content.ts';
import { staffNames } from '../../store/staff/staff.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { actedBy } from '../staff/acted-by.ts';
import { recordAct } from '../staff/recording.ts';

const pageLength = 100;

/** `/admin/audit`: who did what, newest first, of one kind where one is chosen. To read only. */
export function showAudit(deps: WebDeps): RequestHandler {
  const { db } = deps;
  return async (req, res) => {
    const action = auditActions.find((one) => one === req.query.action);
    const before = /^[1-9]\d{0,14}$/.test(String(req.query.before)) ? Number(req.query.before) : undefined;
    const { rows, next } = await auditLog(db, { limit: pageLength, before, action });
    const staffIds = rows.flatMap(({ actor: { kind, id } }) => (kind === 'staff' && isUuid(id) ? [id] : []));
    const [names, gates] = await Promise.all([staffNames(db, [...new Set(staffIds)]), allGates(db)]);
    await recordAct(deps, req, res, {
      action: 'audit_viewed',
      subject: { kind: 'list', id: 'audit' },
      detail: { ...(action && { action }), ...(before && { before }) },
    });
    res.render('admin/audit', {
      rows,
      action,
      actions: auditActions,
      next: next && new URLSearchParams({ ...(action && { action }), before: String(next) }).toString(),
      first: before === undefined,
      actedBy,
      staffOf: (id: string | null) => names.get(id ?? ''),
      gateOf: (id: string | null) => gates.find((gate) => gate.id === id)?.name,
    });
  };
}
