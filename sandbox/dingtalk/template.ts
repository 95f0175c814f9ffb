import type { Shown } from '../office/office.ts';

/**
 * The template that the office has built and published in DingTalk's card builder, as `docs/messengers.md` tells it to: text
 * variables alone, a button whose `回传请求` carries the parameter `token`, and one that opens an address. A button without words
 * is hidden.
 */
export function cardOf(values: Record<string, string>): Shown {
  const {
    title = '',
    content: text = '',
    approve_words: approve,
    approve_token: key = '',
    open_words: open,
    open_url: url,
  } = values;
  return {
    title,
    text,
    facts: [],
    button: approve ? { words: approve, key } : undefined,
    open: open && url ? { words: open, url } : undefined,
  };
}
