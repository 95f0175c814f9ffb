import { expect, test } from 'vitest';
import { codeIn } from './one-time-code.ts';

test.each([
  '424242',
  '4242 42',
  ' 424 242\n',
  '４２４２４２',
  '\u202d424242\u202c',
  '424242424242',
  '验证码：424242，5分钟内有效',
  '【校门】您的验证码为424242，5分钟内有效。请勿告诉他人，如非本人操作请忽略。',
  '您到东校区的来访预约已通过，时间：12月08日的10:00至12月08日的11:00，访客验证码：424242。',
  'Campus visits: your code is 424242, valid for 5 minutes. Questions: 13000000000.',
  'Your code is 424-242.',
])('the code in %j is found', (text) => expect(codeIn(text)).toBe('424242'));

test.each([
  ['', ''],
  ['42424', '42424'],
  ['4242424', '4242424'],
  // Which of the two is meant nobody knows.
  ['424242 oder 171717', '424242oder171717'],
  // One of the ten on paper.
  ['abcd-efgh-ij', 'abcd-efgh-ij'],
  ['13000000000', '13000000000'],
])('%j holds none', (text, left) => expect(codeIn(text)).toBe(left));
