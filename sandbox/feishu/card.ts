import { z } from 'zod';
import type { Shown } from '../office/office.ts';
import { parseJson } from '../parse-json.ts';

/**
 * Card JSON 2.0, the parts that this product uses ("卡片 JSON 2.0 结构", card-json-v2-structure): a header, lines of plain text,
 * and buttons that call back or open an address. Unknown tags and 1.0 are refused, as Feishu does with 230099.
 */

const plain = z.strictObject({ tag: z.literal('plain_text'), content: z.string().max(2000) });
const behavior = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('callback'), value: z.strictObject({ token: z.string() }) }),
  z.strictObject({ type: z.literal('open_url'), default_url: z.url() }),
]);
const element = z.discriminatedUnion('tag', [
  z.strictObject({ tag: z.literal('div'), text: plain }),
  z.strictObject({
    tag: z.literal('button'),
    text: plain,
    type: z.enum(['default', 'primary', 'danger']).default('default'),
    width: z.enum(['default', 'fill']).default('default'),
    behaviors: z.array(behavior).length(1),
  }),
]);
const card = z.strictObject({
  schema: z.literal('2.0'),
  // 2.0 knows shared cards alone: one that is updated is so for everybody who has it.
  config: z.strictObject({ update_multi: z.literal(true), enable_forward: z.boolean() }),
  header: z.strictObject({ title: plain, template: z.string().optional() }),
  body: z.strictObject({ elements: z.array(element).min(1).max(50) }),
});

/** What a phone shows of it; undefined: Feishu would not take it. */
export function readCard(content: unknown): Shown | undefined {
  const parsed = card.safeParse(typeof content === 'string' ? parseJson(content) : content);
  if (!parsed.success) return undefined;
  const { header, body } = parsed.data;
  const lines = body.elements.flatMap((one) => (one.tag === 'div' ? one.text.content : []));
  const shown: Shown = {
    title: header.title.content,
    text: lines.join('\n'),
    facts: [],
    open: undefined,
    button: undefined,
  };
  for (const one of body.elements) {
    const [does] = one.tag === 'button' ? one.behaviors : [];
    if (does?.type === 'open_url') shown.open = { words: one.text.content, url: does.default_url };
    if (does?.type === 'callback') shown.button = { words: one.text.content, key: does.value.token };
  }
  return shown;
}
