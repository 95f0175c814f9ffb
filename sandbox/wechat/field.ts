/** Whether a value is within what WeChat allows for a template field ("类目模板消息" limits); the key names its kind. */
export function isAllowed(key: string, value: unknown): value is string {
  if (typeof value !== 'string' || value.trim() === '' || /[\n\r]/.test(value)) return false;
  const length = [...value].length;
  const hasChinese = /[\u3400-\u9fff\u{20000}-\u{323af}]/u.test(value);
  switch (key.replace(/\d+$/, '')) {
    case 'thing':
      return length <= 20;
    case 'character_string':
      return length <= 32 && !hasChinese;
    case 'number':
      return /^\d{1,32}(\.\d+)?$/.test(value) && length <= 32;
    case 'phrase':
      return /^[\u3400-\u9fff\u{20000}-\u{323af}]{1,5}$/u.test(value);
    case 'name':
      return length <= (hasChinese ? 10 : 20);
    case 'time':
    case 'date':
      return /^[\d\s:~年月日-]{4,60}$/.test(value) && /\d/.test(value);
    case 'phone_number':
      return length <= 17 && !hasChinese;
    case 'car_number':
      return length <= 8;
    default:
      return length <= 20;
  }
}
