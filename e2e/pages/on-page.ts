import type { Page } from 'playwright-core';

/** What somebody sees and does on the page that a browser shows. */
export class OnPage {
  readonly page: Page;
  constructor(page: Page) {
    this.page = page;
  }
}
