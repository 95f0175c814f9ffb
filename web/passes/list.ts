import type { RequestHandler } from 'express';
import { allCampuses } from '../../store/content.ts';
import { passesOf } from '../../store/pass.ts';
import type { WebDeps } from '../deps.ts';
import { whoVisits } from '../visitor/guard.ts';
import { standingOf } from './standing.ts';

/** `/passes`: 我的凭证. With one pass that stands, that pass: the way to the gate is short. */
export function listPasses({ db }: WebDeps): RequestHandler {
  return async (_req, res) => {
    const [passes, campuses] = await Promise.all([passesOf(db, whoVisits(res).id), allCampuses(db)]);
    const [only] = passes;
    if (only && passes.length === 1) return res.redirect(303, `/passes/${only.id}`);
    const now = new Date();
    res.render('passes/list', {
      passes: passes.map((pass) => ({
        ...pass,
        campusName: campuses.find(({ id }) => id === pass.campus)?.name,
        standing: standingOf(pass, now),
      })),
    });
  };
}
