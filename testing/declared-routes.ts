import type { Express } from 'express';

/** Every address that an Express application answers, as its routes were written. */

interface Layer {
  route?: { path: string | string[]; methods: Record<string, boolean> };
  handle?: { stack?: Layer[] };
}

export interface Route {
  method: 'get' | 'post';
  /** With `:id` and the like. */
  path: string;
}

/** Each once, as declared first. Routers are found wherever they are mounted at the top. */
export function getRoutes(app: Express): Route[] {
  const { stack } = (app as unknown as { router: { stack: Layer[] } }).router;
  const each = new Map(stack.flatMap(routesOf).map((route) => [`${route.method} ${route.path}`, route]));
  return [...each.values()];
}

/** @returns patterns such as `/reservations/:id` that answer a GET, each once */
export const getPatterns = (app: Express): string[] =>
  getRoutes(app)
    .flatMap(({ method, path }) => (method === 'get' ? [path] : []))
    .toSorted();

function routesOf({ route, handle }: Layer): Route[] {
  if (!route) return handle?.stack?.flatMap(routesOf) ?? [];
  const methods = (['get', 'post'] as const).filter((method) => route.methods[method] || route.methods._all);
  return [route.path].flat().flatMap((path) => methods.map((method) => ({ method, path })));
}
