import express, { type Request, type Response, Router } from 'express';
import { readFilter, readPatch, readUser, ScimRefusal, userSchema } from '../../domain/scim.ts';
import { findDirectoryUser, listDirectory } from '../../store/staff/directory.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { mostResults, resourceType, schema, serviceProviderConfig } from './about.ts';
import { answer, errorAnswer, listOf, mediaType, placeOf, resourceOf } from './answers.ts';
import { changeUser, createUser, notThere, removeUser } from './changing.ts';
import { tokenOnly } from './guard.ts';

/** `/scim/v2`: machines only. The university's directory keeps accounts of staff up by SCIM 2.0 (RFC 7644). */
export function scimRoutes(deps: WebDeps): Router {
  const { settings, db } = deps;
  const router = Router();
  const top = '/scim/v2';
  const own = settings.PUBLIC_URL;
  const demo = settings.XIAOMEN_MODE === 'demo';
  const by = (req: Request, res: Response) => ({ deps, req, res });
  router.use(top, tokenOnly(deps), express.json({ type: [mediaType, 'application/json'], limit: '64kb' }));

  router.get(`${top}/ServiceProviderConfig`, (_req, res) => answer(res, serviceProviderConfig(own)));
  router.get(`${top}/ResourceTypes`, (_req, res) => answer(res, listOf([resourceType(own)], 1)));
  router.get(`${top}/ResourceTypes/User`, (_req, res) => answer(res, resourceType(own)));
  router.get(`${top}/Schemas`, (_req, res) => answer(res, listOf([schema(own)], 1)));
  router.get(`${top}/Schemas/:id`, (req, res) => {
    if (req.params.id !== userSchema) throw new ScimRefusal(404, 'There is no such schema');
    answer(res, schema(own));
  });

  router.get(`${top}/Users`, (req, res) => list(res, req.query));
  /** The same without a person's name in an address. */
  router.post(`${top}/Users/.search`, (req, res) => list(res, (req.body ?? {}) as Record<string, unknown>));
  router.get(`${top}/Users/:id`, async (req, res) => {
    const { id } = req.params;
    const user = isUuid(id) ? await findDirectoryUser(db, id, { demo }) : undefined;
    if (!user) throw notThere();
    answer(res, resourceOf(own, user));
  });
  router.post(`${top}/Users`, async (req, res) => {
    const user = await createUser(by(req, res), readUser(req.body));
    res.set('Location', placeOf(own, user.id));
    answer(res, resourceOf(own, user), 201);
  });
  router.put(`${top}/Users/:id`, async (req, res) => {
    answer(res, resourceOf(own, await changeUser(by(req, res), req.params.id, readUser(req.body))));
  });
  router.patch(`${top}/Users/:id`, async (req, res) => {
    answer(res, resourceOf(own, await changeUser(by(req, res), req.params.id, readPatch(req.body))));
  });
  router.delete(`${top}/Users/:id`, async (req, res) => {
    await removeUser(by(req, res), req.params.id);
    res.status(204).end();
  });

  async function list(res: Response, asked: Record<string, unknown>): Promise<void> {
    const filter = asked.filter === undefined || asked.filter === '' ? undefined : readFilter(String(asked.filter));
    const startIndex = Math.max(1, numberOf(asked.startIndex, 1));
    const limit = Math.min(mostResults, Math.max(0, numberOf(asked.count, 100)));
    const { total, users } = await listDirectory(db, filter, { offset: startIndex - 1, limit, demo });
    const resources = users.map((user) => resourceOf(own, user));
    answer(res, listOf(resources, total, startIndex));
  }

  router.use('/scim', () => {
    throw new ScimRefusal(404, 'There is nothing here');
  });
  router.use('/scim', errorAnswer);
  return router;
}

/** @throws ScimRefusal */
function numberOf(value: unknown, otherwise: number): number {
  if (value === undefined) return otherwise;
  const text = String(value);
  if (!/^-?\d{1,9}$/.test(text)) throw new ScimRefusal(400, 'startIndex and count are numbers', 'invalidValue');
  return Number(text);
}
