import { createHash } from 'node:crypto';
import { Router } from 'express';
import type { Database } from '../platform/db.ts';
import { notFound } from '../platform/errors.ts';
import { getUniversity } from '../store/content/content.ts';

let latest = { svg: '', path: '' };

/** The logo's path changes with the logo, so that it may be kept for ever. */
export function logoPath(svg: string): string {
  if (svg !== latest.svg || latest.path === '') {
    latest = { svg, path: `/logo/${createHash('sha256').update(svg).digest('hex').slice(0, 12)}.svg` };
  }
  return latest.path;
}

export function logoRoutes(db: Database): Router {
  const router = Router();
  router.get('/logo/:name', async (req, res) => {
    const { logoSvg } = await getUniversity(db);
    if (logoPath(logoSvg) !== req.path) throw notFound();
    res.set('Content-Security-Policy', "default-src 'none'; sandbox");
    res.set('Cache-Control', 'public, max-age=31536000, immutable');
    res.type('image/svg+xml').send(logoSvg);
  });
  return router;
}
