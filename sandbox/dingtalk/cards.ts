import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import { z } from 'zod';
import type { SandboxSettings } from '../../platform/config.ts';
import { type Faults, loseAnswer } from '../faults.ts';
import { keepOfficeMessage, type Office, type OfficeMessage, reachable } from '../office/office.ts';
import type { Tokens } from '../wechat/token.ts';
import { type Refusal, refuse } from './answer.ts';
import { isOver } from './fault.ts';
import { cardOf } from './template.ts';

/** Text variables: a name of 100 bytes, a value of 1 KB. */
export const cardValues = z.record(
  z.string().refine((name) => Buffer.byteLength(name) <= 100),
  z.string().refine((value) => Buffer.byteLength(value) <= 1024),
);
const created = z.object({
  cardTemplateId: z.string(),
  outTrackId: z.string().min(1),
  callbackType: z.literal('HTTP'),
  callbackRouteKey: z.string(),
  cardData: z.object({ cardParamMap: cardValues }),
  openSpaceId: z.string(),
  imRobotOpenSpaceModel: z.object({ supportForward: z.boolean() }),
  imRobotOpenDeliverModel: z.object({ spaceType: z.literal('IM_ROBOT'), robotCode: z.string() }),
  userIdType: z.literal(1).default(1),
});
type Created = z.output<typeof created>;
const registered = z.object({
  callbackRouteKey: z.string().min(1),
  callbackUrl: z.url(),
  apiSecret: z.string().min(1),
  forceUpdate: z.boolean().default(false),
});

/** By their route key: where presses go, and with what they are signed. */
export type CardRoutes = Map<string, { url: string; secret: string }>;

/** A card of the template with its values of now. */
export interface DingtalkCard {
  /** The site's own number, once for all. */
  id: string;
  route: string;
  values: Record<string, string>;
}

/** "注册卡片回调地址" and "创建并投放卡片": a card of the template into somebody's chat with the robot. */
export function createDingtalkCards(
  settings: SandboxSettings,
  { office, tokens, faults, callbacks }: { office: Office; tokens: Tokens; faults: Faults; callbacks: CardRoutes },
): { routes: Router; cards: Map<OfficeMessage, DingtalkCard> } {
  const cards = new Map<OfficeMessage, DingtalkCard>();
  const ids = new Set<string>();
  const routes = Router();

  routes.post('/v1.0/card/callbacks/register', (request, response) => {
    if (isOver(request, response, 'none', tokens)) return;
    const parsed = registered.safeParse(request.body);
    if (!parsed.success) return refuse(response, wrong('param.invalid'));
    const { callbackRouteKey: route, callbackUrl: url, apiSecret: secret, forceUpdate } = parsed.data;
    if (forceUpdate || !callbacks.has(route)) callbacks.set(route, { url, secret });
    const kept = callbacks.get(route);
    response.json({ success: true, result: { callbackUrl: kept?.url, apiSecret: kept?.secret } });
  });

  routes.post('/v1.0/card/instances/createAndDeliver', (request, response) => {
    const mode = faults.take('dingtalk.send');
    if (isOver(request, response, mode, tokens)) return;
    const parsed = created.safeParse(request.body);
    if (!parsed.success) return refuse(response, wrong('param.invalid'));
    const { outTrackId: id, callbackRouteKey: route, cardData } = parsed.data;
    const user = /^dtv1\.card\/\/im_robot\.([^;]+)$/i.exec(parsed.data.openSpaceId)?.[1] ?? '';
    const problem = problemOf(parsed.data, user);
    if (problem) return refuse(response, problem);
    ids.add(id);
    const arrives = mode !== 'failed';
    const values = cardData.cardParamMap;
    const shown = { messenger: 'dingtalk' as const, user, ...cardOf(values) };
    if (arrives) cards.set(keepOfficeMessage(office, shown), { id, route, values });
    if (mode === 'lose') return loseAnswer(request, response);
    const carrierId = randomBytes(20).toString('base64');
    const delivered = arrives ? { success: true, carrierId } : { success: false, errorMsg: 'SYSTEM_ERROR' };
    const deliverResults = [{ spaceType: 'IM_ROBOT', spaceId: user, ...delivered }];
    response.json({ success: true, result: { outTrackId: id, deliverResults } });
  });
  return { routes, cards };

  function problemOf(card: Created, user: string): Refusal | undefined {
    if (card.cardTemplateId !== settings.DINGTALK_CARD_TEMPLATE) return wrong('param.templateNotExist');
    if (!callbacks.has(card.callbackRouteKey)) return wrong('param.invalid');
    if (card.imRobotOpenDeliverModel.robotCode !== settings.DINGTALK_APP_KEY)
      return wrong('param.openDeliverModelError');
    if (user === '') return wrong('param.openSpaceIdInvalid');
    if (!reachable(office, 'dingtalk', user)) return wrong('param.userIdNotExist');
    return ids.has(card.outTrackId) ? wrong('param.cardAlreadyExist') : undefined;
  }
}

const wrong = (code: string): Refusal => [400, code, code];
