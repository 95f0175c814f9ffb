import { type RequestHandler, Router } from 'express';
import type { PolicyDocument } from '../../../domain/policy.ts';
import { notFound } from '../../../platform/errors.ts';
import { allPolicies, versionsOf } from '../../../store/approval/policy.ts';
import { allDepartments } from '../../../store/content/content.ts';
import { findNamed } from '../../../store/staff/named-staff.ts';
import { staffNames } from '../../../store/staff/staff.ts';
import type { WebDeps } from '../../deps.ts';
import { textOf } from '../../form-value.ts';
import { adminOnly, navigation, staffOnly } from '../../staff/guard.ts';
import { peopleIn, rearrange, showPolicy, typedPolicy } from './form.ts';
import { showMovable } from './moves/list.ts';
import { move } from './moves/moving.ts';
import { compare } from './moves/preview.ts';
import { showMoves } from './moves/result.ts';
import { namesOf, readSteps, renderPolicy, subjectOf } from './page.ts';
import { publish, savedSentences, standBack } from './publishing.ts';
import { trySample, typedSample } from './sample.ts';

/** Who has to approve: policies in steps, published in versions. */
export function policyRoutes(deps: WebDeps): Router {
  const router = Router();
  const admin: RequestHandler[] = [staffOnly, adminOnly, navigation(deps)];
  router.get('/admin/policies', admin, list(deps));
  router.get('/admin/policies/:id', admin, show(deps));
  router.get('/admin/policies/:id/versions/:version', admin, showVersion(deps));
  const forms = { preview, versions: publish, removal: standBack };
  for (const [name, take] of Object.entries(forms)) router.post(`/admin/policies/:id/${name}`, admin, take(deps));
  // Visits that wait by another version: chosen, compared, moved, and what became of each.
  router.get('/admin/policies/:id/visits', admin, showMovable(deps));
  router.post('/admin/policies/:id/visits/comparison', admin, compare(deps));
  router.post('/admin/policies/:id/moves', admin, move(deps));
  router.get('/admin/policies/:id/moves/:batch', admin, showMoves(deps));
  return router;
}

function list({ db }: WebDeps): RequestHandler {
  return async (req, res) => {
    const [policies, departments] = [await allPolicies(db), await allDepartments(db)];
    const named = await findNamed(
      db,
      policies.flatMap(({ newest }) => peopleOf(newest.document)),
    );
    res.locals.path = '/admin/policies';
    res.render('admin/policies/list', {
      policies,
      departments,
      saved: savedSentences.find((one) => one === req.query.saved),
      ...namesOf(named),
    });
  };
}

const show =
  (deps: WebDeps): RequestHandler =>
  async (req, res) =>
    renderPolicy(deps, res, await subjectOf(deps, req));

/** A step more or less, the drawing, or a sample: nothing is published, and everything that was typed stays. */
function preview(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const subject = await subjectOf(deps, req);
    const act = textOf(req.body, 'act');
    const form = rearrange(typedPolicy(req.body), act);
    const sample = typedSample(req.body);
    if (/^(add|remove|up)\b/.test(act)) return renderPolicy(deps, res, subject, { form, sample });
    const read = await readSteps(deps, subject, form);
    if (!read.ok) return renderPolicy(deps, res.status(422), subject, { form, sample, fields: read.fields });
    const { document } = read;
    if (act !== 'try') return renderPolicy(deps, res, subject, { form, sample, document });
    const tried = await trySample(deps.db, { document, scope: subject.scope }, sample, await allDepartments(deps.db));
    if (!tried.ok)
      return renderPolicy(deps, res.status(422), subject, { form, sample, document, fields: tried.fields });
    return renderPolicy(deps, res, subject, { form, sample, document, tried });
  };
}

/** As it was published, for good. */
function showVersion(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { policy, scope } = await subjectOf(deps, req);
    const versions = policy ? await versionsOf(deps.db, policy.id) : [];
    const version = versions.find((one) => String(one.version) === req.params.version);
    if (!policy || !version) throw notFound();
    const named = await findNamed(deps.db, peopleOf(version.document));
    const publisher = await staffNames(deps.db, version.publishedBy ? [version.publishedBy] : []);
    res.locals.path = `/admin/policies/${policy.id}/versions/${version.version}`;
    res.render('admin/policies/version', {
      policy,
      scope,
      version,
      departments: await allDepartments(deps.db),
      ...namesOf(named),
      nameOfPublisher: (id: string | null) => (id === null ? undefined : publisher.get(id)),
    });
  };
}

const peopleOf = (document: PolicyDocument | null): string[] => (document ? peopleIn(showPolicy(document)) : []);
