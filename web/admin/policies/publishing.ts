import type { Request, RequestHandler, Response } from 'express';
import type { PolicyDocument } from '../../../domain/policy.ts';
import { AppError, notFound } from '../../../platform/errors.ts';
import { publishPolicy } from '../../../store/approval/policy.ts';
import { allDepartments } from '../../../store/content/content.ts';
import type { WebDeps } from '../../deps.ts';
import { textOf } from '../../form-value.ts';
import { whoIs } from '../../staff/guard.ts';
import { recordAct } from '../../staff/recording.ts';
import { typedPolicy } from './form.ts';
import { findPolicy, readSteps, renderPolicy, type Subject, subjectOf } from './page.ts';
import { typedSample } from './sample.ts';

/** The next version of a policy: what is admitted from now on goes by it, what waits keeps its own. */

export function publish(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const subject = await subjectOf(deps, req);
    const [form, sample, after] = [typedPolicy(req.body), typedSample(req.body), readVersion(req)];
    const read = await readSteps(deps, subject, form);
    const fields = { ...(read.ok ? {} : read.fields), ...(await findScopeProblem(deps, req, subject)) };
    if (!read.ok || Object.keys(fields).length > 0)
      return renderPolicy(deps, res.status(422), subject, { form, sample, fields });
    const { document } = read;
    const done = await keep(deps, { req, res }, subject, { document, after });
    if (done) return res.redirect(303, `/admin/policies?saved=${done}`);
    // A new policy has no version that somebody could have seen: there is one for these visits already.
    if (!subject.policy) {
      const taken = { department: 'policy.problem.exists' };
      return renderPolicy(deps, res.status(422), subject, { form, sample, document, fields: taken });
    }
    const stale = { kind: 'failed', words: 'policy.stale' } as const;
    renderPolicy(deps, res.status(409), await subjectOf(deps, req), { form, sample, document, notice: stale });
  };
}

/** From now on what applies without this policy. The university's own stays. */
export function standBack(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const subject = await subjectOf(deps, req);
    const { policy } = subject;
    if (!policy || (policy.department === null && policy.channel === null)) throw notFound();
    const after = readVersion(req);
    const done =
      policy.newest.document === null || (await keep(deps, { req, res }, subject, { document: null, after }));
    if (done) return res.redirect(303, '/admin/policies?saved=stopped');
    renderPolicy(deps, res.status(409), subject, { notice: { kind: 'failed', words: 'policy.stale' } });
  };
}

/** Sentences of the list, `policy.saved.*`, by what a form did. */
export const savedSentences = ['published', 'unchanged', 'stopped'] as const;

/** @returns what was done; undefined where somebody published another version meanwhile */
async function keep(
  deps: WebDeps,
  { req, res }: { req: Request; res: Response },
  { scope }: Subject,
  { document, after }: { document: PolicyDocument | null; after: number },
): Promise<'published' | 'unchanged' | undefined> {
  return deps.db.transaction(async (trx) => {
    const done = await publishPolicy(trx, scope, { document, staff: whoIs(res).id, after });
    if (!done) return undefined;
    if (!done.isNew) return done.unchanged ? 'unchanged' : 'published';
    const subject = { kind: 'content', id: done.policy } as const;
    await recordAct(deps, req, res, { action: 'policy_published', subject, detail: { version: done.version } }, trx);
    return 'published';
  });
}

/** A new policy's department is one of ours, and nothing else than what the form offers. */
async function findScopeProblem(deps: WebDeps, req: Request, { id, scope }: Subject): Promise<Record<string, string>> {
  if (id !== 'new') return {};
  const said = textOf(req.body, 'department');
  const known = said === '' || (await allDepartments(deps.db)).some((one) => one.id === said);
  const channel = textOf(req.body, 'channel');
  const standing = await findPolicy(deps, scope);
  // The same form once more finds what it made.
  const isTaken = standing !== undefined && standing.newest.version > 1;
  return {
    ...(known ? (isTaken ? { department: 'policy.problem.exists' } : {}) : { department: 'field.choose' }),
    ...(channel !== '' && scope.channel === null ? { channel: 'field.choose' } : {}),
  };
}

/** The newest version that the page showed. @throws AppError 400 */
function readVersion(req: Request): number {
  const text = textOf(req.body, 'version');
  if (!/^\d{1,8}$/.test(text)) throw new AppError('bad_request', { status: 400 });
  return Number(text);
}
