import type { Request, RequestHandler, Response } from 'express';
import { pinoHttp } from 'pino-http';
import { Histogram } from 'prom-client';
import type { Log } from '../../platform/log.ts';

const seconds = new Histogram({
  name: 'web_request_seconds',
  help: 'Time to answer a request, by route pattern.',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.005, 0.02, 0.05, 0.15, 0.5, 1, 3, 10],
});

const quiet = new Set(['/gates/:id/feed', '/assets/:name', '/logo/:name']);

/** One line a request: method, route pattern, status, time. Never a URL: a path may hold what a person typed. */
export function requestLog(log: Log): RequestHandler {
  const said = (req: Request, res: Response) => ({
    request: req.id,
    method: req.method,
    route: routePattern(req),
    status: res.statusCode,
  });
  const handler = pinoHttp<Request, Response>({
    logger: log,
    genReqId: (req) => req.id,
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'request' },
    customSuccessObject: (req, res, value) => ({ ...said(req, res), ms: value.responseTime }),
    customErrorObject: (req, res, error, value) => ({ ...said(req, res), ms: value.responseTime, err: error }),
    customLogLevel: (req, res, error) => {
      if (error || res.statusCode >= 500) return 'error';
      // Gates ask all the time, assets are many: an answer as usual is no news.
      return res.statusCode < 400 && quiet.has(routePattern(req)) ? 'debug' : 'info';
    },
    customSuccessMessage: () => 'answered',
    customErrorMessage: () => 'failed',
  });
  return (req, res, next) => {
    const stop = seconds.startTimer();
    res.once('finish', () =>
      stop({
        method: req.method,
        route: routePattern(req),
        status: res.statusCode,
      }),
    );
    handler(req, res, next);
  };
}

/** The pattern the router matched, as `/passes/:id`; routers are mounted at `/`, so it is the whole of it. */
export function routePattern(req: Request): string {
  const path: unknown = req.route?.path;
  return typeof path === 'string' ? path : '(none)';
}
