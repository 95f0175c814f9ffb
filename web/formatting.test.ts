import { expect, it } from 'vitest';
import { formatting } from './formatting.ts';

it('words beside each other are parted as the reader’s language parts them', () => {
  const words = ['phone', 'name', 'campus'];
  expect(formatting('en').list(words)).toBe('phone, name, campus');
  expect(formatting('zh-CN').list(words)).toBe('phone、name、campus');
  expect(formatting('zh-CN').list(['phone'])).toBe('phone');
});
