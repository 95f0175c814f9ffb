import type { Request, RequestHandler } from 'express';
import { Histogram } from 'prom-client';
import type { Log } from '../../platform/log.ts';
import type { MarkNetwork } from '../network-marks.ts';

const seconds = new Histogram({
  name: 'web_request_seconds',
  help: 'Time to answer a request, by route pattern.',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.005, 0.02, 0.05, 0.15, 0.5, 1, 3, 10],
});

/** Asked all the time: gates ask for their feed, and every page for its styles. */
export const quiet = new Set(['/gates/:id/feed', '/assets/:name', '/logo/:name']);

/**
 * One line a request: method, route pattern, status, time, and where it came from as a keyed hash. Never a URL: a path may
 * hold what a person typed. Written by
 * ourselves, since pino-http makes two loggers for every request and turns everything it is given into text three times.
 */
export function requestLog(log: Log, mark: MarkNetwork = () => undefined): RequestHandler {
  return (req, res, next) => {
    const began = performance.now();
    let told = false;
    // A connection that broke has no address any more.
    const from = mark(req.ip);
    const tell = (broken?: Error) => {
      if (told) return;
      told = true;
      const taken = performance.now() - began;
      const about = { method: req.method, route: routePattern(req), status: res.statusCode };
      if (res.writableFinished) seconds.observe(about, taken / 1000);
      const said = { request: req.id, ...about, ms: Math.round(taken), from };
      const error = broken ?? res.err;
      if (error || about.status >= 500) log.error({ ...said, err: error }, 'failed');
      // Gates ask all the time, assets are many: an answer as usual is no news.
      else if (about.status < 400 && quiet.has(about.route)) log.debug(said, 'answered');
      else log.info(said, 'answered');
    };
    // A client that goes away before the answer is whole causes `close` alone.
    res.once('finish', tell);
    res.once('close', tell);
    res.once('error', tell);
    next();
  };
}

/** The pattern the router matched, as `/passes/:id`; routers are mounted at `/`, so it is the whole of it. */
export function routePattern(req: Request): string {
  const path: unknown = req.route?.path;
  return typeof path === 'string' ? path : '(none)';
}
