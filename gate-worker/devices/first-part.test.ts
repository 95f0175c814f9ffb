import { describe, expect, test } from 'vitest';
import { firstPart } from './first-part.ts';

const type = 'multipart/form-data; boundary=MIME_boundary';
const part = (text: string) => `--MIME_boundary\r\nContent-Type: application/json\r\n\r\n${text}\r\n`;
const read = (body: string, contentType = type, most = 1_000) => firstPart(Buffer.from(body), contentType, most);

describe('the first part of what a terminal posts', () => {
  test('is read, whatever comes behind it', () => {
    expect(read(`${part('{"a":1}')}${part('\u0000\u0001')}--MIME_boundary--\r\n`)).toBe('{"a":1}');
    expect(read(`before\r\n${part('{}')}--MIME_boundary--`)).toBe('{}');
    expect(read(`${part('{}')}--MIME_boundary--`, 'multipart/mixed; boundary="MIME_boundary"')).toBe('{}');
  });

  test.each([
    ['no boundary', 'multipart/form-data', part('{}')],
    ['two boundaries', `${type}; boundary=b`, `${part('{}')}--MIME_boundary--`],
    ['no end', type, part('{}')],
    ['no blank line', type, '--MIME_boundary\r\nContent-Type: x\r\n--MIME_boundary--'],
    ['nothing', type, ''],
    ['another boundary', type, '--other\r\n\r\n{}\r\n--other--'],
    ['a part that is too long', type, `${part('x'.repeat(1_001))}--MIME_boundary--`],
  ])('is nothing where there is %s', (_name, contentType, body) => {
    expect(read(body, contentType)).toBeUndefined();
  });
});
