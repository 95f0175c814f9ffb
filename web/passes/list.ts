import type { RequestHandler } from 'express';
import { allCampuses, type Campus } from '../../store/content/content.ts';
import { type Pass, passesOf } from '../../store/passes/pass.ts';
import type { WebDeps } from '../deps.ts';
import { whoVisits } from '../visitor/guard.ts';
import { namesOn } from './names.ts';
import { passStateOf } from './pass-state.ts';

/**
 * `/passes`: 我的凭证, by visit; a lead's show those of companions without an account. With one pass that stands, that pass:
 * the way to the gate is short.
 */
export function listPasses(deps: WebDeps): RequestHandler {
  return async (_req, res) => {
    const passes = await passesOf(deps.db, whoVisits(res).id);
    const [only] = passes;
    if (only && passes.length === 1) return res.redirect(303, `/passes/${only.id}`);
    const [campuses, names] = await Promise.all([allCampuses(deps.db), namesOn(deps, passes)]);
    res.render('passes/list', { visits: byVisit(passes, campuses, names) });
  };
}

function byVisit(passes: Pass[], campuses: Campus[], names: Map<string, string>) {
  const now = new Date();
  const reservations = [...new Set(passes.map(({ reservation }) => reservation))];
  return reservations.map((reservation) => {
    const own = passes.filter((pass) => pass.reservation === reservation);
    return {
      reservation,
      campusName: campuses.find(({ id }) => id === own[0]?.campus)?.name,
      from: own[0]?.from,
      until: own[0]?.until,
      passes: own.map((pass) => ({ ...pass, name: names.get(pass.id), state: passStateOf(pass, now) })),
    };
  });
}
