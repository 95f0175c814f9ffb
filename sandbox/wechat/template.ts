import { Router } from 'express';
import { z } from 'zod';
import { type MessageKind, messageKinds, taskTemplate } from '../../domain/message-kinds.ts';
import type { SandboxSettings } from '../../platform/config.ts';
import { type Faults, loseAnswer } from '../faults.ts';
import type { Memory, WechatMessage } from '../memory.ts';
import { answer, refuse } from './answer.ts';
import { isOver } from './fault.ts';
import { isAllowed } from './field.ts';
import type { Receipts } from './receipts.ts';
import type { Tokens } from './token.ts';
import { tokenFaultOf } from './token-fault.ts';

const remembersFor = 10 * 60_000;
const body = z.object({
  touser: z.string(),
  template_id: z.string(),
  url: z.string().default(''),
  client_msg_id: z.string().optional(),
  data: z.record(z.string(), z.object({ value: z.unknown() })),
});

/** How the fields of this account's templates are labelled on the card. */
const labels: Record<string, string> = {
  visitor: '来访人',
  campus: '访问园区',
  window: '来访时间',
  from: '开始时间',
  until: '结束时间',
  code: '访客验证码',
  status: '预约状态',
  reason: '原因',
};

export function templateRoutes(
  settings: SandboxSettings,
  memory: Memory,
  tokens: Tokens,
  faults: Faults,
  receipts: Receipts,
): Router {
  let lastId = 3_557_254_367_693_750_277n;
  const router = Router();

  router.all('/cgi-bin/message/template/send', (request, response) => {
    const mode = faults.take('wechat.send');
    if (isOver(request, response, mode)) return;
    const tokenFault = tokenFaultOf(request, tokens);
    if (tokenFault) return refuse(response, ...tokenFault);

    const parsed = body.safeParse(request.body);
    if (!parsed.success) return refuse(response, 47001, 'data format error');
    const { touser, template_id: templateId, data, url, client_msg_id: clientMessageId } = parsed.data;
    const person = memory.people.get(touser);
    if (!person) return refuse(response, 40003, 'invalid openid');
    if (!person.following) return refuse(response, 43004, 'require subscribe');
    const template = Object.entries(settings.WECHAT_TEMPLATES).find(([, { id }]) => id === templateId);
    if (!template) return refuse(response, 40037, 'invalid template_id');
    const [name, { fields: keys }] = template;
    for (const key of Object.values(keys)) {
      if (!isAllowed(key, data[key]?.value))
        return refuse(response, 47003, `argument invalid! data.${key}.value invalid`);
    }

    const known = memory.wechatMessages.find((message) => isSame(message, touser, clientMessageId));
    const message: WechatMessage = known ?? {
      id: ++lastId,
      openid: touser,
      template: name,
      title: name === 'task' ? taskTemplate.title : (messageKinds[name as MessageKind]?.wechat.title ?? name),
      fields: Object.entries(keys).map(([field, key]) => {
        return { key, label: labels[field] ?? field, value: String(data[key]?.value) };
      }),
      url,
      at: new Date(),
      shown: !person.blocking,
      ...(clientMessageId === undefined ? {} : { clientMessageId }),
    };
    if (!known) {
      memory.wechatMessages.push(message);
      receipts.send(message, person);
    }
    if (mode === 'lose') return loseAnswer(request, response);
    // By hand: the number would lose its last digits in a JavaScript number.
    answer(response, `{"errcode":0,"errmsg":"ok","msgid":${message.id}}`);
  });
  return router;
}

function isSame(message: WechatMessage, openid: string, clientMessageId: string | undefined): boolean {
  return (
    clientMessageId !== undefined &&
    message.clientMessageId === clientMessageId &&
    message.openid === openid &&
    Date.now() - message.at.getTime() < remembersFor
  );
}
