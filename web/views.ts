import { fileURLToPath } from 'node:url';
import ejs from 'ejs';
import type { Express } from 'express';
import { assetPath } from './assets.ts';

/** Views stand beside their routes: `home/home` is web/home/home.ejs; `include('layout/top')` works from anywhere. */
export function useViews(app: Express): void {
  app.engine('ejs', ejs.renderFile as Parameters<Express['engine']>[1]);
  // A list: EJS looks for includes in a list of folders only.
  app.set('views', [fileURLToPath(new URL('.', import.meta.url))]);
  app.set('view engine', 'ejs');
  app.enable('view cache');
  app.locals.asset = assetPath;
}
