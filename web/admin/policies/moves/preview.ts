import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import { theseMovableVisits } from '../../../../store/approval/movable-visits.ts';
import { compareVersions } from '../../../../store/approval/visit-steps.ts';
import type { WebDeps } from '../../../deps.ts';
import { allTextsOf } from '../../../form-value.ts';
import { isUuid } from '../../../is-uuid.ts';
import { headOf, linesOf, movingTo, pageLength } from './target.ts';

/** Before and after of each chosen visit; nothing is moved yet. What waits no more, or goes by the version already, is left out. */
export function compare(deps: WebDeps): RequestHandler {
  const { db, cipher } = deps;
  return async (req, res) => {
    const moving = await movingTo(deps, req);
    const { target, subject } = moving;
    const chosen = allTextsOf(req.body, 'visit').filter(isUuid).slice(0, pageLength);
    if (chosen.length === 0) {
      return res.redirect(303, `/admin/policies/${subject.id}/visits?to=${moving.version.version}&nobody`);
    }
    const visits = await theseMovableVisits(db, cipher, target, chosen);
    const compared = [];
    const kept = [];
    for (const line of await linesOf(deps, visits)) {
      const comparison = await compareVersions(db, cipher, line, target.version);
      if (typeof comparison !== 'string') compared.push({ ...line, ...comparison, request: randomUUID() });
      else if (comparison === 'signers_added') kept.push({ ...line, why: comparison });
    }
    res.render('admin/policies/moves/comparison', {
      ...(await headOf(deps, res, moving)),
      visits: compared,
      kept,
      left: chosen.length - compared.length - kept.length,
      batch: randomUUID(),
    });
  };
}
