import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import { z } from 'zod';
import { type Faults, loseAnswer } from '../faults.ts';
import { keepOfficeMessage, type Office, type OfficeMessage } from '../office/office.ts';
import type { Tokens } from '../wechat/token.ts';
import { answer, refuse } from './answer.ts';
import { readCard } from './card.ts';
import { isOver } from './fault.ts';

/** The same `uuid` within an hour is one message. */
const remembersFor = 3600_000;
/** A card's bytes at most. */
const longestCard = 30 * 1024;

const body = z.object({
  receive_id: z.string().min(1),
  msg_type: z.literal('interactive'),
  content: z.string().min(1),
  uuid: z.string().min(1).max(50).optional(),
});

export interface FeishuMessages {
  routes: Router;
  /** `om_…`. */
  idOf(message: OfficeMessage): string;
}

/** "发送消息" (im-v1/message/create): a card to a person of the tenant, by their user id. */
export function createFeishuMessages(office: Office, tokens: Tokens, faults: Faults): FeishuMessages {
  const ids = new Map<OfficeMessage, string>();
  const taken = new Map<string, OfficeMessage>();
  const routes = Router();

  routes.post('/open-apis/im/v1/messages', (request, response) => {
    const mode = faults.take('feishu.send');
    if (isOver(request, response, mode, tokens)) return;
    const parsed = body.safeParse(request.body);
    if (!parsed.success || request.query.receive_id_type !== 'user_id') {
      return refuse(response, [400, 99992402, 'field validation failed']);
    }
    const { receive_id: user, content, uuid } = parsed.data;
    const known = office.users.find((one) => one.messenger === 'feishu' && one.user === user);
    if (!known) return refuse(response, [400, 230034, 'The receive_id is invalid.']);
    if (known.gone) return refuse(response, [400, 230029, 'User has resigned.']);
    if (Buffer.byteLength(content) > longestCard) {
      return refuse(response, [400, 230025, 'The length of the message content reaches its limit.']);
    }
    const shown = readCard(content);
    if (!shown) return refuse(response, [400, 230099, 'Failed to create card content, ext=ErrCode: 11310']);
    const key = uuid && `${user} ${uuid}`;
    const before = key ? taken.get(key) : undefined;
    const repeated = before && Date.now() - before.at.getTime() < remembersFor;
    const message = repeated ? before : keepOfficeMessage(office, { messenger: 'feishu', user, ...shown });
    if (key) taken.set(key, message);
    if (mode === 'lose') return loseAnswer(request, response);
    answer(response, { message_id: idOf(message), msg_type: 'interactive', create_time: String(message.at.getTime()) });
  });

  function idOf(message: OfficeMessage): string {
    const id = ids.get(message) ?? `om_${randomBytes(16).toString('hex')}`;
    ids.set(message, id);
    return id;
  }
  return { routes, idOf };
}
