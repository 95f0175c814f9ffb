import type { Request, RequestHandler } from 'express';
import { pinoHttp } from 'pino-http';
import { Histogram } from 'prom-client';
import type { Log } from '../../platform/log.ts';

const seconds = new Histogram({
  name: 'web_request_seconds',
  help: 'Time to answer a request, by route pattern.',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.005, 0.02, 0.05, 0.15, 0.5, 1, 3, 10],
});

/** One line a request: method, route pattern, status, time. Never a URL: a path may hold what a person typed. */
export function requestLog(log: Log): RequestHandler {
  const handler = pinoHttp<Request>({
    logger: log,
    genReqId: (req) => req.id,
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'request' },
    serializers: { req: () => undefined, res: () => undefined },
    wrapSerializers: false,
    customProps: (req, res) => ({
      method: req.method,
      route: routePattern(req),
      status: res.statusCode,
    }),
    customLogLevel: (_req, res, error) => (error || res.statusCode >= 500 ? 'error' : 'info'),
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
