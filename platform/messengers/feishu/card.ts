import { cut } from '../cut.ts';
import type { MessengerMessage } from '../messenger.ts';

/**
 * A message as a card, JSON 2.0 ("卡片 JSON 2.0 结构", card-json-v2-structure). Words are plain text, so that nothing in them is
 * read as markup; it cannot be forwarded. A card that replaces another has to be of the same version.
 */
export function cardOf({ title, text, facts, approve, open }: MessengerMessage): Record<string, unknown> {
  return {
    schema: '2.0',
    config: { update_multi: true, enable_forward: false },
    header: { title: plain(title), template: approve ? 'blue' : 'grey' },
    body: {
      elements: [
        ...(text ? [line(text)] : []),
        ...facts.map(({ name, value }) => line(`${name} ${value}`)),
        ...(approve ? [button('primary', approve.words, { type: 'callback', value: { token: approve.token } })] : []),
        ...(open ? [button('default', open.words, { type: 'open_url', default_url: open.url })] : []),
      ],
    },
  };
}

/** Far below the 30 KB that a card has. */
const plain = (content: string) => ({ tag: 'plain_text', content: cut(content, { characters: 500 }) });
const line = (content: string) => ({ tag: 'div', text: plain(content) });

const button = (type: 'primary' | 'default', words: string, does: object) => ({
  tag: 'button',
  text: plain(words),
  type,
  width: 'fill',
  behaviors: [does],
});
