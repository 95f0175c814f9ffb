import type { RequestHandler } from 'express';
import { movableVisits } from '../../../../store/approval/movable-visits.ts';
import type { WebDeps } from '../../../deps.ts';
import { isUuid } from '../../../is-uuid.ts';
import { recordAct } from '../../../staff/recording.ts';
import { headOf, linesOf, movingTo, pageLength } from './target.ts';

/** `/admin/policies/:id/visits`: what waits by another version, some of which is chosen. */
export function showMovable(deps: WebDeps): RequestHandler {
  const { db, cipher } = deps;
  return async (req, res) => {
    const moving = await movingTo(deps, req);
    const after = isUuid(req.query.after) ? req.query.after : undefined;
    const { visits, next } = await movableVisits(db, cipher, moving.target, { limit: pageLength, after });
    await recordAct(deps, req, res, {
      action: 'reservations_searched',
      subject: { kind: 'list', id: 'policy_visits' },
      detail: { by: 'policy', policy: moving.target.policy, found: visits.length },
    });
    res.render('admin/policies/moves/list', {
      ...(await headOf(deps, res, moving)),
      lines: await linesOf(deps, visits),
      next,
      first: !after,
      nobody: req.query.nobody !== undefined,
    });
  };
}
