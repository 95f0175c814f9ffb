import { type RequestHandler, Router } from 'express';
import type { WebDeps } from '../../deps.ts';
import { multipart } from '../../multipart.ts';
import { mostBytes } from '../../sheets/sheet.ts';
import { adminOnly, navigation, staffOnly } from '../../staff/guard.ts';
import { editAccount, showAccount } from './account.ts';
import { makeGatePin, removeGatePin } from './gate-pin.ts';
import { confirmImport, mayImport, previewImport, sendStaffTemplate, showImport } from './import.ts';
import { deactivate, endSessionsOf, reactivate, removeIdentities, removeSecondFactor } from './leaving.ts';
import { makeLink } from './link.ts';
import { listAccounts, searchAccounts } from './list.ts';
import { addAccount, showNewAccount } from './new.ts';
import { addRole, removeRole } from './roles.ts';
import { makeToken, revokeToken, showScim } from './scim.ts';

/** Accounts and roles of staff, kept up by admins. */
export function staffAdminRoutes(deps: WebDeps): Router {
  const router = Router();
  const admin: RequestHandler[] = [staffOnly, adminOnly, navigation(deps)];
  const top = '/admin/staff';
  router.get(top, admin, listAccounts(deps));
  router.post(`${top}/searches`, admin, searchAccounts(deps));
  router.get(`${top}/new`, admin, showNewAccount(deps));
  router.post(top, admin, addAccount(deps));
  router.get(`${top}/imports`, admin, showImport(deps));
  router.get(`${top}/imports/template.xlsx`, admin, sendStaffTemplate());
  const sheet = multipart({ field: 'sheet', mostBytes });
  router.post(`${top}/imports`, admin, mayImport(deps), sheet, previewImport(deps));
  router.post(`${top}/imports/confirmation`, admin, confirmImport(deps));
  router.get(`${top}/scim`, admin, showScim(deps));
  router.post(`${top}/scim`, admin, makeToken(deps));
  router.post(`${top}/scim/:id/revocation`, admin, revokeToken(deps));
  router.get(`${top}/:id`, admin, showAccount(deps));
  router.post(`${top}/:id/edits`, admin, editAccount(deps));
  router.post(`${top}/:id/roles`, admin, addRole(deps));
  router.post(`${top}/:id/roles/removal`, admin, removeRole(deps));
  router.post(`${top}/:id/link`, admin, makeLink(deps));
  router.post(`${top}/:id/departure`, admin, deactivate(deps));
  router.post(`${top}/:id/return`, admin, reactivate(deps));
  router.post(`${top}/:id/sessions/revocation`, admin, endSessionsOf(deps));
  router.post(`${top}/:id/second-factor/removal`, admin, removeSecondFactor(deps));
  router.post(`${top}/:id/gate-pin`, admin, makeGatePin(deps));
  router.post(`${top}/:id/gate-pin/removal`, admin, removeGatePin(deps));
  router.post(`${top}/:id/identities/removal`, admin, removeIdentities(deps));
  return router;
}
