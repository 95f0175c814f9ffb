import { cut, oneLine } from '../cut.ts';
import type { MessengerMessage } from '../messenger.ts';

/**
 * 企业微信's shapes and their room (发送应用消息, developer.work.weixin.qq.com/document/path/90236): a card with a button where one
 * decides, a text card where something leads on, else a text.
 */

/** Reads as text in a text card, which knows some marks of HTML. */
const plain = (text: string): string => oneLine(text).replaceAll('<', '＜').replaceAll('>', '＞');

/**
 * The part of a request beside its receiver and app.
 * @param once makes what is the same message the same request, and another message another one: 企业微信 delivers a request
 * that it had within half an hour no second time, and takes a card's task id once
 */
export function wecomMessage(message: MessengerMessage, once: string): Record<string, unknown> {
  const { title, text, facts, open, approve } = message;
  if (approve) {
    const card = {
      ...cardOf('button_interaction', message),
      task_id: once,
      button_list: [
        { type: 0, text: cut(approve.words, { characters: 10 }), style: 1, key: approve.token },
        ...(open ? [{ type: 1, text: cut(open.words, { characters: 10 }), style: 2, url: open.url }] : []),
      ],
    };
    return { msgtype: 'template_card', template_card: card };
  }
  const lines = [text, ...facts.map(({ name, value }) => `${name} ${value}`)].map(plain);
  if (!open) return { msgtype: 'text', text: { content: cut([title, ...lines].join('\n'), { bytes: 2048 }) } };
  const textcard = {
    title: cut(plain(title), { bytes: 128 }),
    description: cut(lines.join('<br>'), { bytes: 512 }),
    url: `${open.url}#m-${once}`,
    btntxt: cut(open.words, { characters: 4 }),
  };
  return { msgtype: 'textcard', textcard };
}

/** What stands in a card's place once its button was pressed. */
export const wecomNotice = (message: MessengerMessage): Record<string, unknown> => ({
  ...cardOf('text_notice', message),
  card_action: { type: 1, url: message.open?.url },
});

const cardOf = (type: string, { title, text, facts, open }: MessengerMessage) => ({
  card_type: type,
  main_title: { title: cut(oneLine(title), { characters: 36 }) },
  sub_title_text: cut(oneLine(text), { characters: 112 }),
  horizontal_content_list: facts.slice(0, 6).map(({ name, value }) => ({
    keyname: cut(oneLine(name), { characters: 5 }),
    value: cut(oneLine(value), { characters: 30 }),
  })),
  ...(open && { card_action: { type: 1, url: open.url } }),
});
