/**
 * Field limits of template messages (WeChat, "类目模板消息"): a field's kind is its key without the number.
 * What is too long is cut by code point, with an ellipsis where the kind allows one.
 */

const chinese = /[\u3400-\u9fff\u{20000}-\u{323af}]/u;

/** `thing1` → `thing`. */
const kindOfField = (key: string): string => key.replace(/\d+$/, '');

/** A value that WeChat accepts for the field: one line, never empty, within the limit of its kind. */
export function fitField(key: string, value: string): string {
  const kind = kindOfField(key);
  const line = value.replace(/\s+/g, ' ').trim();
  switch (kind) {
    case 'thing':
      return cut(line, 20, '…') || '无';
    case 'name':
      return cut(line, chinese.test(line) ? 10 : 20) || '无';
    case 'phrase':
      return cut([...line].filter((character) => chinese.test(character)).join(''), 5) || '无';
    case 'character_string':
      return cut(line, 32) || '-';
    case 'number':
      return cut(/\d+(\.\d+)?/.exec(line.replace(/[^\d.]/g, ''))?.[0] ?? '0', 32).replace(/\.$/, '');
    case 'phone_number':
      return cut(line, 17) || '-';
    case 'car_number':
      return cut(line, 8) || '-';
    default:
      return line || '-';
  }
}

function cut(text: string, length: number, ellipsis = ''): string {
  const characters = [...text];
  if (characters.length <= length) return text;
  return characters.slice(0, length - ellipsis.length).join('') + ellipsis;
}

/** The `data` of a template message: our own fields under the keys that this account's template gives them. */
export function templateData(
  keys: Record<string, string>,
  fields: Record<string, string>,
): Record<string, { value: string }> {
  return Object.fromEntries(
    Object.entries(keys).map(([name, key]) => [key, { value: fitField(key, fields[name] ?? '') }]),
  );
}
