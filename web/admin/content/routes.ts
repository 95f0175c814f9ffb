import { type RequestHandler, Router } from 'express';
import type { WebDeps } from '../../deps.ts';
import { adminOnly, navigation, staffOnly } from '../../staff/guard.ts';
import { addCalendarDay, editCalendarDay, removeCalendarDay, showCalendar, showCalendarDay } from './calendar.ts';
import { addDay, listClosedDays, reopenDay } from './closed-days.ts';
import { publishNewFees, showFees } from './fees.ts';
import { forms, listed } from './forms.ts';
import { changeGateKeys, retireGate, showGateKeys } from './gate-keys.ts';
import { addGate } from './new-gate.ts';
import { listDepartments, listRows, showOverview } from './overview.ts';
import { addRow, editRow, showNewRow, showRow } from './rows.ts';
import { previewText, publishText, showText, showTextVersion } from './text.ts';

/** What an office keeps up by itself: who we are, where, when, and what visitors read. */
export function contentRoutes(deps: WebDeps): Router {
  const router = Router();
  const admin: RequestHandler[] = [staffOnly, adminOnly, navigation(deps)];
  const top = '/admin/content';
  router.get(top, admin, showOverview(deps));

  router.get(`${top}/closed-days`, admin, listClosedDays(deps));
  router.post(`${top}/closed-days`, admin, addDay(deps));
  router.post(`${top}/closed-days/:campus/:day/removal`, admin, reopenDay(deps));

  router.get(`${top}/calendar`, admin, showCalendar(deps));
  router.post(`${top}/calendar`, admin, addCalendarDay(deps));
  router.get(`${top}/calendar/:day`, admin, showCalendarDay(deps));
  router.post(`${top}/calendar/:day/edits`, admin, editCalendarDay(deps));
  router.post(`${top}/calendar/:day/removal`, admin, removeCalendarDay(deps));

  for (const texts of [`${top}/notices/:kind`, `${top}/guides/:campus/:kind`]) {
    router.get(texts, admin, showText(deps));
    router.post(`${texts}/preview`, admin, previewText(deps));
    router.post(`${texts}/versions`, admin, publishText(deps));
    router.get(`${texts}/versions/:version`, admin, showTextVersion(deps));
  }

  for (const kind of ['university', 'office_hours'] as const) {
    router.get(`${top}/${forms[kind].path}`, admin, showRow(deps, kind));
    router.post(`${top}/${forms[kind].path}/edits`, admin, editRow(deps, kind));
  }
  router.get(`${top}/${forms.department.path}`, admin, listDepartments(deps));
  for (const kind of ['reason', 'refusal_reason'] as const)
    router.get(`${top}/${forms[kind].path}`, admin, listRows(deps, kind));
  for (const kind of ['campus', ...listed] as const) {
    router.get(`${top}/${forms[kind].path}/new`, admin, showNewRow(deps, kind));
    router.post(`${top}/${forms[kind].path}`, admin, addRow(deps, kind));
  }
  router.get(`${top}/${forms.gate.path}/new`, admin, showNewRow(deps, 'gate'));
  router.post(`${top}/${forms.gate.path}`, admin, addGate(deps));
  router.get(`${top}/${forms.gate.path}/:id/keys`, admin, showGateKeys(deps));
  router.post(`${top}/${forms.gate.path}/:id/keys`, admin, changeGateKeys(deps));
  router.post(`${top}/${forms.gate.path}/:id/reissue`, admin, retireGate(deps));
  router.get(`${top}/${forms.campus.path}/:id/fees`, admin, showFees(deps));
  router.post(`${top}/${forms.campus.path}/:id/fees`, admin, publishNewFees(deps));
  for (const kind of ['campus', 'gate', ...listed] as const) {
    router.get(`${top}/${forms[kind].path}/:id`, admin, showRow(deps, kind));
    router.post(`${top}/${forms[kind].path}/:id/edits`, admin, editRow(deps, kind));
  }
  return router;
}
