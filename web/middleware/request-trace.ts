import type { RequestHandler } from 'express';
import { inPage, isTracing } from '../../platform/tracing.ts';
import { quiet, routePattern } from './request-log.ts';

/** A span an answer, by route pattern, in the trace of the visit that it is about. None, and no handler, without a collector. */
export function requestTrace(): RequestHandler[] {
  if (!isTracing()) return [];
  return [
    (req, res, next) => {
      const end = inPage(req.method, next);
      let ended = false;
      const tell = () => {
        if (ended) return;
        ended = true;
        const route = routePattern(req);
        end({ route, status: res.statusCode, quiet: quiet.has(route) });
      };
      // A client that goes away before the answer is whole causes `close` alone.
      res.once('finish', tell);
      res.once('close', tell);
    },
  ];
}
