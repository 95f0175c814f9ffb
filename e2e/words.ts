import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** What a reader sees on the page, in one line; what was typed into fields is not part of it. */
export async function visibleText(page: Page): Promise<string> {
  // biome-ignore lint/performance/useDomNodeTextContent: text that is hidden is not read by anybody
  const text = await page.locator('body').innerText();
  return text.replace(/\s+/g, ' ');
}

/** The words stand on the page, visibly, one after the other. */
export async function expectWords(page: Page, words: readonly string[]): Promise<void> {
  const text = await visibleText(page);
  let from = 0;
  const seen: string[] = [];
  for (const word of words) {
    const at = text.indexOf(word, from);
    if (at < 0) break;
    seen.push(word);
    from = at + word.length;
  }
  expect(seen, `in order on ${new URL(page.url()).pathname}: ${text}`).toEqual(words);
}
