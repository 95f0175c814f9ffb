import { getRoutes, type Route } from '../declared-routes.ts';
import { idleWeb } from '../idle-web.ts';

export type { Route };

/** Signing out ends the session that tries all the others; a second factor is begun, and a token or a code made, by nothing but a button. */
const apart = [
  '/sign-out',
  '/staff/sign-out',
  '/staff/sessions/revocation',
  '/staff/second-factor',
  '/admin/staff/scim',
  '/staff/wechat/code',
];

/**
 * Every address that `web` has, asked of the application itself: a new page is tried from the day it is there, however
 * its route is written. What ends in anything at all is left to the pages below it.
 */
export async function declaredRoutes(): Promise<Route[]> {
  const routes = getRoutes(await idleWeb());
  return routes.filter(({ method, path }) => !(method === 'post' && apart.includes(path)) && !/[*{]/.test(path));
}

export const isStaff = (path: string): boolean => /^\/(staff|inbox|security|admin|codec)(\/|$)/.test(path);
