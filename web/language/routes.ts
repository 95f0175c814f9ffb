import { Router } from 'express';
import { asLanguage, rememberLanguage } from '../middleware/language.ts';
import { ownPath } from '../own-path.ts';

export function languageRoutes(publicUrl: string): Router {
  const router = Router();
  router.post('/language', (req, res) => {
    const chosen = asLanguage(req.body?.lang);
    if (chosen) rememberLanguage(res, chosen, publicUrl);
    res.redirect(303, ownPath(req.body?.return));
  });
  return router;
}
