import type { Payload } from '@temporalio/common';
import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import { AppError } from '../../platform/errors.ts';
import type { WebDeps } from '../deps.ts';
import { findSignedIn, whoIs } from '../staff/guard.ts';
import { onceWithin } from '../staff/once.ts';
import { recordAct } from '../staff/recording.ts';
import { subjectOfWorkflow } from '../staff/workflow-subject.ts';
import { temporalUiPath } from '../temporal-ui/path.ts';
import { workflowOf } from '../temporal-ui/wanted.ts';

/** Payloads as the Temporal Web UI sends them: protobuf JSON, bytes in base64. */
const body = z.object({
  payloads: z
    .array(z.object({ metadata: z.record(z.string(), z.string()).nullish(), data: z.string().nullish() }))
    .max(500),
});

/** Decodes payloads for admins and nobody else. There is no encode route: nobody can make a payload here. */
export function codecRoutes(deps: WebDeps): Router {
  const router = Router();
  const firstLook = onceWithin(60_000);
  router.post('/codec/decode', adminSession, express.json({ limit: '1mb' }), async (req, res) => {
    const parsed = body.safeParse(req.body);
    if (!parsed.success) throw new AppError('bad_request', { status: 400 });
    const decoded = await decode(deps, parsed.data.payloads.map(fromJson));
    const workflow = workflowLookedAt(req, deps.settings.PUBLIC_URL);
    if (firstLook(`${whoIs(res).id} ${workflow}`)) await recordDecoding(deps, req, res, workflow);
    res.json({ payloads: decoded.map(toJson) });
  });
  return router;
}

/** The UI asks by `fetch`, which would follow a redirect to the login and take its page for an answer. */
const adminSession: RequestHandler = (req, res, next) => {
  const staff = findSignedIn(req);
  if (!staff?.isAdmin) throw new AppError(staff ? 'not_found' : 'signed_out', { status: staff ? 404 : 401 });
  res.locals.staff = staff;
  next();
};

function fromJson({ metadata, data }: z.infer<typeof body>['payloads'][number]): Payload {
  const bytes = Object.entries(metadata ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')] as const);
  return { metadata: Object.fromEntries(bytes), data: Buffer.from(data ?? '', 'base64') };
}

function toJson({ metadata, data }: Payload) {
  const texts = Object.entries(metadata ?? {}).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return { metadata: Object.fromEntries(texts), data: Buffer.from(data ?? []).toString('base64') };
}

/** A payload whose key is unknown or that was changed is refused; what is not encrypted comes back as it is. */
async function decode({ codec }: WebDeps, payloads: Payload[]): Promise<Payload[]> {
  try {
    return await codec.decode(payloads);
  } catch (cause) {
    throw new AppError('bad_request', { status: 400, cause });
  }
}

/** The UI says which page asks: the address holds the workflow's id and never leaves our origin. */
function workflowLookedAt(req: Request, publicUrl: string): string | undefined {
  const page = req.get('referer') ?? '';
  const own = `${new URL(publicUrl).origin}${temporalUiPath}/`;
  return page.startsWith(own) ? workflowOf(new URL(page).pathname).workflow : undefined;
}

/** Which workflow, in which namespace, never what was in it; a workflow looked at for a while is one row a minute. */
async function recordDecoding(deps: WebDeps, req: Request, res: Response, workflow: string | undefined) {
  await recordAct(deps, req, res, {
    action: 'payload_decoded',
    subject: workflow ? subjectOfWorkflow(workflow) : { kind: 'workflow', id: 'unknown' },
    detail: { namespace: deps.settings.TEMPORAL_NAMESPACE, ...(workflow && { workflow: workflow.slice(0, 200) }) },
  });
}
