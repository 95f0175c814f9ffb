import { z } from 'zod';
import type { Shown } from '../office/office.ts';
import type { WecomRefusal } from './answer.ts';

/** What an app may send, and how it is shown (发送应用消息). Lengths that the documentation advises are taken for its limits. */

const characters = (most: number) => z.string().refine((text) => [...text].length <= most);
const card = z.object({
  card_type: z.enum(['button_interaction', 'text_notice']),
  task_id: z.string().optional(),
  main_title: z.object({ title: characters(36).min(1) }),
  sub_title_text: characters(112).default(''),
  horizontal_content_list: z
    .array(z.object({ keyname: characters(5).min(1), value: characters(30) }))
    .max(6)
    .default([]),
  card_action: z.object({ type: z.literal(1), url: z.url().max(1024) }).optional(),
  button_list: z
    .array(
      z.union([
        z.object({
          type: z.literal(0),
          text: characters(10).min(1),
          key: z
            .string()
            .min(1)
            .refine((key) => Buffer.byteLength(key) <= 1024),
        }),
        z.object({ type: z.literal(1), text: characters(10).min(1), url: z.url().max(1024) }),
      ]),
    )
    .max(6)
    .default([]),
});
const bytes = (text: string, most: number): string => Buffer.from(text).subarray(0, most).toString();

const content = z.union([
  z.object({ msgtype: z.literal('text'), text: z.object({ content: z.string() }) }),
  z.object({
    msgtype: z.literal('textcard'),
    textcard: z.object({
      title: z.string().min(1),
      description: z.string().min(1),
      url: z.url().max(2048),
      btntxt: characters(4).default('详情'),
    }),
  }),
  z.object({ msgtype: z.literal('template_card'), template_card: card }),
]);

/** @returns what the receiver sees, or how it is refused */
export function shownOf(body: unknown): (Shown & { taskId?: string | undefined }) | WecomRefusal {
  const kind = z.object({ msgtype: z.enum(['text', 'textcard', 'template_card']) }).safeParse(body);
  if (!kind.success) return [40008, 'invalid message type'];
  const parsed = content.safeParse(body);
  if (!parsed.success) return [40058, `invalid Request Parameter: ${parsed.error.issues[0]?.path.join('.')}`];
  const { data } = parsed;
  if (data.msgtype === 'text') {
    if (data.text.content === '') return [44004, 'text content is empty'];
    const [title = '', ...lines] = bytes(data.text.content, 2048).split('\n');
    return { title, text: lines.join('\n'), facts: [] };
  }
  if (data.msgtype === 'textcard') {
    const { title, description, url, btntxt } = data.textcard;
    const [text = '', ...lines] = bytes(description, 512).split('<br>');
    return { title: bytes(title, 128), text: [text, ...lines].join('\n'), facts: [], open: { words: btntxt, url } };
  }
  return shownCard(data.template_card);
}

/** Also what a card is replaced by. */
export function shownUpdate(body: unknown): Shown | WecomRefusal {
  const parsed = card.safeParse(body);
  return parsed.success ? shownCard(parsed.data) : [40058, 'invalid Request Parameter'];
}

function shownCard(data: z.output<typeof card>): (Shown & { taskId?: string | undefined }) | WecomRefusal {
  const { card_type: type, task_id: taskId, card_action: action, button_list: buttons } = data;
  if (type === 'button_interaction' && !/^[\w@-]{1,128}$/.test(taskId ?? '')) {
    return [42014, 'taskid has existed or empty or exceed max len'];
  }
  if (type === 'text_notice' && !action) return [40058, 'invalid Request Parameter: card_action'];
  const pressed = buttons.find((one) => one.type === 0);
  const leads = buttons.find((one) => one.type === 1);
  return {
    title: data.main_title.title,
    text: data.sub_title_text,
    facts: data.horizontal_content_list.map(({ keyname, value }) => ({ name: keyname, value })),
    open: leads ? { words: leads.text, url: leads.url } : action && { words: '查看', url: action.url },
    button: pressed && { words: pressed.text, key: pressed.key },
    taskId,
  };
}
