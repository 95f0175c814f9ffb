import { cut } from '../cut.ts';
import type { MessengerMessage } from '../messenger.ts';

/**
 * A message as values of the template that the office has built ("创建并投放卡片"): text variables, an empty one hides what shows
 * it. docs/messengers.md names each.
 */
export function valuesOf({ title, text, facts, approve, open }: MessengerMessage): Record<string, string> {
  return {
    title: within1k(title),
    content: within1k([...(text ? [text] : []), ...facts.map(({ name, value }) => `${name} ${value}`)].join('\n')),
    approve_words: within1k(approve?.words ?? ''),
    approve_token: approve?.token ?? '',
    open_words: within1k(open?.words ?? ''),
    open_url: open?.url ?? '',
  };
}

/** A value has 1 KB. */
const within1k = (text: string): string => cut(text, { bytes: 1024 });
