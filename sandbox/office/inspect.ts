import { json, Router } from 'express';
import { z } from 'zod';
import { type Office, officeMessengers, type Presses } from './office.ts';

const userShape = z.object({
  messenger: z.enum(officeMessengers),
  user: z.string().min(1).max(64),
  gone: z.boolean().default(false),
});
const pressShape = z.object({ message: z.uuid(), user: z.string().optional(), forged: z.boolean().default(false) });

/** The office messengers as JSON, for tests. Newest first. */
export function officeInspectRoutes(office: Office, presses: Presses): Router {
  const router = Router();
  router.use('/inspect/office', json({ limit: '8kb' }));

  router.get('/inspect/office', ({ query }, response) => {
    const theirs = office.messages.filter(
      ({ messenger, user }) => messenger === query.messenger && (!query.user || user === query.user),
    );
    response.json(theirs.reverse());
  });
  /** A new user, or whether one is gone. */
  router.post('/inspect/office/users', (request, response) => {
    const { messenger, user, gone } = userShape.parse(request.body);
    const known = office.users.find((one) => one.messenger === messenger && one.user === user);
    if (known) known.gone = gone;
    else office.users.push({ messenger, user, gone });
    response.json({ messenger, user, gone });
  });
  /** `user`: as if somebody else had pressed it. `forged`: with a signature that is not the messenger's. */
  router.post('/inspect/office/presses', async (request, response) => {
    const { message: id, user, forged } = pressShape.parse(request.body);
    const message = office.messages.find((one) => one.id === id);
    if (!message) return void response.status(404).json({ error: 'no such message' });
    const status = await presses[message.messenger]?.(message, { user: user ?? message.user, forged });
    response.json({ status: status ?? 0 });
  });
  return router;
}
