import { Router } from 'express';
import type { z } from 'zod';
import { answersScans } from '../scan-routes.ts';
import { hasToken } from './bearer.ts';
import type { OpenDevice } from './device.ts';
import { secret, shape } from './device-settings.ts';

/** A scanner or turnstile that asks `POST /scan` with a token of its own. */
export const scannerShape = shape('scanner', { token: secret });

export const openScanner: OpenDevice<z.output<typeof scannerShape>> = (settings, { desk }) => {
  const routes = Router();
  routes.post('/scan', (req, _res, next) => next(hasToken(req, settings.token) ? undefined : 'router'));
  routes.use(
    answersScans(
      ({ credential, direction, nonce }) => desk.answer(settings, { credential, direction, nonce }),
      desk.place,
    ),
  );
  return { routes };
};
