import { json, Router } from 'express';
import { z } from 'zod';
import type { Faults } from './faults.ts';
import { addPerson, type Memory } from './memory.ts';
import type { Receipts } from './wechat/receipts.ts';
import type { Tokens } from './wechat/token.ts';

const faultShape = z.object({ target: z.string(), mode: z.string(), times: z.number().int().positive().optional() });
const personShape = z.object({
  nickname: z.string().min(1).max(20).optional(),
  openid: z.string().optional(),
  following: z.boolean().optional(),
  blocking: z.boolean().optional(),
});

/** The same as the pages, as JSON, for tests. Newest first. */
export function inspectRoutes(memory: Memory, faults: Faults, tokens: Tokens, receipts: Receipts): Router {
  const router = Router();
  router.use('/inspect', json({ limit: '8kb' }));

  router.get('/inspect/sms', (request, response) => {
    const texts = memory.texts.filter(({ phone }) => !request.query.phone || phone === request.query.phone);
    response.json(texts.reverse());
  });
  router.get('/inspect/mails', (request, response) => {
    const mails = memory.mails.filter(({ address }) => !request.query.address || address === request.query.address);
    response.json(mails.reverse());
  });
  router.get('/inspect/wechat', (request, response) => {
    const messages = memory.wechatMessages.filter(
      ({ openid }) => !request.query.openid || openid === request.query.openid,
    );
    response.json(messages.reverse().map((message) => ({ ...message, id: String(message.id) })));
  });
  router.get('/inspect/menu', (_request, response) => void response.json(memory.menu));
  router.get('/inspect/replies', (request, response) => {
    response.json(memory.replies.filter(({ openid }) => openid === request.query.openid).reverse());
  });
  router.get('/inspect/people', (_request, response) => void response.json([...memory.people.values()]));
  /** A new person, or new ways of one that exists. */
  router.post('/inspect/people', (request, response) => {
    const { nickname, openid, following, blocking } = personShape.parse(request.body);
    const person = openid === undefined ? addPerson(memory, nickname ?? '新用户') : memory.people.get(openid);
    if (!person) return void response.status(404).json({ error: 'nobody has this openid' });
    if (following !== undefined) person.following = following;
    if (blocking !== undefined) person.blocking = blocking;
    response.json(person);
  });
  router.get('/inspect/faults', (_request, response) => void response.json(faults.list()));
  router.post('/inspect/faults', (request, response) => {
    const { target, mode, times } = faultShape.parse(request.body);
    if (!faults.set(target, mode, times)) return void response.status(422).json({ error: 'no such fault' });
    response.json(faults.list());
  });
  /** As if two hours had passed. */
  router.post('/inspect/tokens/expiry', (_request, response) => {
    tokens.expireAll();
    response.json({ expired: true });
  });
  router.post('/inspect/callback/verification', async (_request, response) => {
    response.json({ verified: await receipts.verifyAddress() });
  });
  return router;
}
