import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import { createProxyMiddleware, type Plugin, responseInterceptor } from 'http-proxy-middleware';
import { unavailable } from '../../platform/errors.ts';
import type { Log } from '../../platform/log.ts';

/** Changes the text of an answer and may set headers beside it. */
export type Rewrite = (text: string, res: Response) => string;

export interface UiProxy {
  /** Streams the UI's answer through. */
  pass(req: Request, res: Response, next: NextFunction): void;
  /** Reads the UI's answer whole and sends what `rewrite` makes of it. */
  change(rewrite: Rewrite, req: Request, res: Response, next: NextFunction): void;
}

/** Towards the Temporal Web UI on loopback, which has no login of its own. */
export function createUiProxy(target: string, log: Log): UiProxy {
  const nexts = new WeakMap<ServerResponse, NextFunction>();
  const rewrites = new WeakMap<ServerResponse, Rewrite>();

  const failed = (err: Error, _req: unknown, res: unknown): void => {
    const next = nexts.get(res as ServerResponse);
    log.warn({ err }, 'the Temporal Web UI does not answer');
    next?.(unavailable(err));
  };
  // The proxy's own plugins log addresses and answer with them: none of those.
  const quiet: Plugin<Request, Response> = (proxy) => {
    proxy.on('error', failed);
    proxy.on('proxyReq', withoutCredentials);
    proxy.on('proxyRes', withoutItsHeaders);
  };
  const rewriting: Plugin<Request, Response> = (proxy) => {
    proxy.on(
      'proxyRes',
      responseInterceptor<Request, Response>(async (body, answer, _req, res) => {
        const rewrite = rewrites.get(res);
        if (!rewrite || answer.statusCode !== 200) return body;
        try {
          return rewrite(body.toString('utf8'), res);
        } catch (err) {
          log.error({ err }, 'an answer of the Temporal Web UI is not what it was');
          res.statusCode = 503;
          return '';
        }
      }),
    );
  };
  const shared = { target, ejectPlugins: true, xfwd: false, proxyTimeout: 90_000 };
  const streaming = createProxyMiddleware<Request, Response>({ ...shared, plugins: [quiet] });
  const reading = createProxyMiddleware<Request, Response>({
    ...shared,
    selfHandleResponse: true,
    plugins: [quiet, rewriting],
  });
  return {
    pass(req, res, next) {
      nexts.set(res, next);
      void streaming(req, res, next);
    },
    change(rewrite, req, res, next) {
      nexts.set(res, next);
      rewrites.set(res, rewrite);
      void reading(req, res, next);
    },
  };
}

/** Our session is nothing to the UI, and what was checked is the method that counts. */
function withoutCredentials(request: ClientRequest): void {
  for (const name of ['cookie', 'authorization', 'authorization-extras', 'x-http-method-override']) {
    request.removeHeader(name);
  }
}

/** Its `_csrf` cookie would lie at our root; the headers of ours stand. */
function withoutItsHeaders(answer: IncomingMessage): void {
  for (const name of ['set-cookie', 'x-frame-options', 'x-xss-protection', 'x-content-type-options']) {
    delete answer.headers[name];
  }
}
