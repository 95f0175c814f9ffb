import type { Knex } from 'knex';
import { cached, type Localized } from './content-cache.ts';
import { readVersion, type VersionRow } from './published-text.ts';

/** What a visitor reads before and during a visit: the four tabs of the pass. One text a campus, published in versions. */

export const guideKinds = ['must_read', 'getting_here', 'screen_casting', 'dining'] as const;
export type GuideKind = (typeof guideKinds)[number];
export interface Guide {
  id: string;
  campus: string;
  kind: GuideKind;
  version: number;
  title: Localized;
  /** Markdown. */
  body: Localized;
  publishedAt: Date;
}

/** The newest text of a campus; undefined when the office has published none. */
export async function guideOf(db: Knex, campus: string, kind: GuideKind): Promise<Guide | undefined> {
  return (await guidesOf(db, campus)).find((guide) => guide.kind === kind);
}

/** The newest text of every kind that a campus has, in the order of the tabs. */
export async function guidesOf(db: Knex, campus: string): Promise<Guide[]> {
  return cached(db, `guides/${campus}`, async () => {
    const rows: GuideRow[] = await db('guide')
      .distinctOn('kind')
      .where({ campus_id: campus })
      .andWhere('published_at', '<=', db.fn.now())
      .orderBy(['kind', { column: 'version', order: 'desc' }]);
    const guides = rows.map(readGuide);
    return guideKinds.flatMap((kind) => guides.find((guide) => guide.kind === kind) ?? []);
  });
}

interface GuideRow extends VersionRow {
  campus_id: string;
  kind: GuideKind;
}

const readGuide = (row: GuideRow): Guide => ({ ...readVersion(row), campus: row.campus_id, kind: row.kind });
