import type { Knex } from 'knex';

/** Styles and scripts of the releases of the last weeks, for pages that are still open. */

export interface ServedAsset {
  /** With the hash of what is in it. */
  path: string;
  /** As in `Content-Type`. */
  type: string;
  body: Buffer;
}

/** Says that pages of this release ask for these. */
export async function keepAssets(db: Knex, assets: ServedAsset[]): Promise<void> {
  const rows = assets.map(({ path, type, body }) => ({ path, type, body }));
  await db('served_asset').insert(rows).onConflict('path').merge({ served_at: db.fn.now() });
}

export const findAsset = (db: Knex, path: string): Promise<ServedAsset | undefined> =>
  db('served_asset').where({ path }).first('path', 'type', 'body');

/** Deletes those that no process has asked to keep for a month. @returns how many */
export const dropOldAssets = (db: Knex): Promise<number> =>
  db('served_asset').whereRaw(`served_at < now() - interval '30 days'`).delete();
