import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Route {
  method: 'get' | 'post';
  /** As it is declared, with `:id` and the like. */
  path: string;
}

const web = fileURLToPath(new URL('../../web', import.meta.url));
/** Signing out ends the session that tries all the others; the engine's own pages answer for themselves. */
const apart = ['/sign-out', '/staff/sign-out', '/staff/sessions/revocation'];

/** Every address that `web` declares, out of its sources: a new page is tried from the day it is there. */
export function declaredRoutes(): Route[] {
  return readdirSync(web, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => [...readFileSync(join(web, file), 'utf8').matchAll(/router\.(get|post)\(\s*'(\/[^']*)'/g)])
    .map(([, method, path]): Route => ({ method: method as Route['method'], path: path ?? '' }))
    .filter(({ path }) => !apart.includes(path));
}

export const isStaff = (path: string): boolean => /^\/(staff|inbox|admin|codec)(\/|$)/.test(path);
