import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { formatting } from './formatting.ts';

it('words beside each other are parted as the reader’s language parts them', () => {
  const words = ['phone', 'name', 'campus'];
  expect(formatting('en').list(words)).toBe('phone, name, campus');
  expect(formatting('zh-CN').list(words)).toBe('phone、name、campus');
  expect(formatting('zh-CN').list(['phone'])).toBe('phone');
});

it('no page parts words by a comma of its own', () => {
  const web = new URL('.', import.meta.url).pathname;
  const sources = readdirSync(web, { recursive: true, encoding: 'utf8' }).filter((path) => /\.(ejs|ts)$/.test(path));
  const parting = sources.filter((path) => /\.join\([^)]*[、，]/.test(readFileSync(join(web, path), 'utf8')));
  expect(parting).toEqual(['formatting.ts']);
});
