import type { RequestHandler } from 'express';
import { notFound } from '../../../../platform/errors.ts';
import { askedMoves } from '../../../../store/approval/asked-moves.ts';
import { allDepartments } from '../../../../store/content/content.ts';
import { endTelling } from '../../../../store/reservations/refusal.ts';
import type { WebDeps } from '../../../deps.ts';
import { isUuid } from '../../../is-uuid.ts';
import { subjectOf } from '../page.ts';

/** `/admin/policies/:id/moves/:batch`: what became of each visit that one form asked to move. */
export function showMoves(deps: WebDeps): RequestHandler {
  const { db, cipher } = deps;
  return async (req, res) => {
    const { policy, scope, id } = await subjectOf(deps, req);
    const { batch } = req.params;
    const moves = policy && isUuid(batch) ? await askedMoves(db, cipher, batch) : [];
    const [first] = moves;
    if (!first) throw notFound();
    // Said here, with its reason.
    for (const { request, status } of moves) if (status === 'refused') await endTelling(db, request);
    const count = (status: string) => moves.filter((one) => one.status === status).length;
    const moved = moves.filter(({ status, approved }) => status === 'answered' && !approved);
    res.locals.path = `/admin/policies/${id}/moves/${batch}`;
    res.render('admin/policies/moves/result', {
      at: `/admin/policies/${id}`,
      scope,
      departments: await allDepartments(db),
      moves,
      version: first.version,
      counts: { answered: count('answered'), refused: count('refused'), pending: count('pending') },
      /** Back to what they went by before. */
      former: [...new Set(moved.flatMap((one) => one.former ?? []))].toSorted((a, b) => b - a),
    });
  };
}
