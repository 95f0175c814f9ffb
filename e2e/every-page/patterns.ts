import type { Express } from 'express';

/** Every address that an Express application answers to a GET, as its routes were written. */

interface Layer {
  route?: { path: string | string[]; methods: Record<string, boolean> };
  handle?: { stack?: Layer[] };
}

/** @returns patterns such as `/reservations/:id`, each once. Routers are found wherever they are mounted at the top. */
export function getPatterns(app: Express): string[] {
  const { stack } = (app as unknown as { router: { stack: Layer[] } }).router;
  return [...new Set(stack.flatMap(patternsOf))].toSorted();
}

function patternsOf({ route, handle }: Layer): string[] {
  if (route) return route.methods.get || route.methods._all ? [route.path].flat() : [];
  return handle?.stack?.flatMap(patternsOf) ?? [];
}
