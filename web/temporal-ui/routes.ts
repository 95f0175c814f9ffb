import { type Request, type RequestHandler, type Response, Router } from 'express';
import { AppError, notFound } from '../../platform/errors.ts';
import type { WebDeps } from '../deps.ts';
import { adminOnly, staffOnly, whoIs } from '../staff/guard.ts';
import { onceWithin } from '../staff/once.ts';
import { recordAct } from '../staff/recording.ts';
import { subjectOfWorkflow } from '../staff/workflow-subject.ts';
import { temporalUiPath } from './path.ts';
import { createUiProxy, type Rewrite, type UiProxy } from './proxy.ts';
import { policyFor, rewriteNamespaces, rewriteSettings } from './rewriting.ts';
import { readWanted, type Wanted } from './wanted.ts';

const everything = `${temporalUiPath}{/*rest}`;
const minute = 60_000;

/**
 * The Temporal Web UI behind our login: to admins, for looking only. It can terminate visits and has no
 * login of its own, so it listens on loopback and nothing but GET and HEAD of our own namespace comes through.
 */
export function temporalUiRoutes(deps: WebDeps): Router {
  const { settings, log } = deps;
  const router = Router();
  const { TEMPORAL_UI_URL: target, TEMPORAL_NAMESPACE: namespace } = settings;
  if (!target) return router;

  const proxy = createUiProxy(new URL(target).origin, log);
  const firstLook = onceWithin(5 * minute);
  router.use(temporalUiPath, staffOnly, adminOnly);
  router.all(everything, readingOnly);
  router.get([temporalUiPath, `${temporalUiPath}/`], (_req, res) => {
    res.redirect(303, `${temporalUiPath}/namespaces/${encodeURIComponent(namespace)}/workflows`);
  });
  router.get(everything, async (req, res, next) => {
    const wanted = readWanted(req.path.slice(temporalUiPath.length), namespace);
    if (!wanted) throw notFound();
    if ('workflow' in wanted && firstLook(`${whoIs(res).id} ${wanted.workflow}`)) {
      await recordAct(deps, req, res, {
        action: 'history_viewed',
        subject: subjectOfWorkflow(wanted.workflow),
      });
    }
    answer(proxy, deps, wanted, req, res, next);
  });
  return router;
}

const readingOnly: RequestHandler = (req, res, next) => {
  if (req.method === 'GET' || req.method === 'HEAD') return next();
  res.set('Allow', 'GET, HEAD');
  throw new AppError('method_not_allowed', { status: 405 });
};

function answer(
  proxy: UiProxy,
  { settings }: WebDeps,
  wanted: Wanted,
  req: Request,
  res: Response,
  next: (error?: unknown) => void,
): void {
  const change = (rewrite: Rewrite) => proxy.change(rewrite, req, res, next);
  if (wanted.kind === 'settings') change((text) => rewriteSettings(text, settings.PUBLIC_URL));
  else if (wanted.kind === 'namespaces') change((text) => rewriteNamespaces(text, settings.TEMPORAL_NAMESPACE));
  else if (wanted.kind === 'page') change(withItsPolicy);
  else {
    if (wanted.kind === 'asset') res.set('Cache-Control', 'private, max-age=86400');
    proxy.pass(req, res, next);
  }
}

const withItsPolicy: Rewrite = (html, res) => {
  res.set('Content-Security-Policy', policyFor(html));
  return html;
};
