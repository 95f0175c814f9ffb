import type { Knex } from 'knex';
import { expect, test } from 'vitest';
import { cached, forgetContent, shareContent } from './content-cache.ts';

test('pools that share a cache read once for all, and forget together', async () => {
  const [pages, byId, other] = [{}, {}, {}] as Knex[];
  let reads = 0;
  const read = (db: Knex | undefined) => cached(db as Knex, 'campuses', async () => ++reads);
  shareContent(pages as Knex, byId as Knex);
  expect([await read(pages), await read(byId), await read(other)]).toEqual([1, 1, 2]);
  forgetContent(pages as Knex);
  expect([await read(byId), await read(pages), await read(other)]).toEqual([3, 3, 2]);
});
