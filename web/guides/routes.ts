import { type RequestHandler, Router } from 'express';
import { notFound } from '../../platform/errors.ts';
import { allGates, openCampuses } from '../../store/content/content.ts';
import type { WebDeps } from '../deps.ts';
import { sectionOf } from './section.ts';
import { kindOf } from './topics.ts';

/** `/guide/:topic`: 来访必读, 如何到达, 会议投屏, 食堂餐饮 for everybody; `?campus=` where there are several. */
export function guideRoutes({ db }: Pick<WebDeps, 'db'>): Router {
  const router = Router();
  router.get('/guide/:topic', showTopic(db, 'guides/guide'));
  router.get('/guide/:topic/part', showTopic(db, 'guides/section'));
  return router;
}

function showTopic(db: WebDeps['db'], view: string): RequestHandler {
  return async (req, res) => {
    const kind = kindOf(req.params.topic);
    if (!kind) throw notFound();
    const [campuses, gates] = await Promise.all([openCampuses(db), allGates(db)]);
    const wanted = req.query.campus;
    const campus = wanted === undefined ? campuses[0] : campuses.find(({ id }) => id === wanted);
    if (!campus) throw notFound();
    const query = wanted === undefined ? '' : `?campus=${campus.id}`;
    const guide = await sectionOf(
      db,
      { campus, gates: gates.filter((gate) => gate.campus === campus.id && !gate.retiredAt) },
      {
        kind,
        language: res.locals.lang,
        address: { href: `/guide/{topic}${query}`, part: `/guide/{topic}/part${query}` },
      },
    );
    const topic = req.params.topic;
    res.render(view, view === 'guides/section' ? guide : { guide, campus, campuses, topic });
  };
}
