import type { Knex } from 'knex';
import { cached, type Localized } from './content-cache.ts';
import { readVersion, type VersionRow } from './published-text.ts';

/** Texts that somebody reads or agrees to, in published versions. */

export const noticeKinds = [
  'terms',
  'filling',
  'privacy',
  'visiting',
  'face',
  'minors',
  'companion',
  'wechat',
] as const;
export type NoticeKind = (typeof noticeKinds)[number];
export interface Notice {
  id: string;
  kind: NoticeKind;
  version: number;
  title: Localized;
  /** Markdown. */
  body: Localized;
  /** SHA-256 over the published text; a consent copies it. */
  textHash: Buffer;
  publishedAt: Date;
}

/** The newest published version of a notice. Throws when there is none: nobody can agree to nothing. */
export async function currentNotice(db: Knex, kind: NoticeKind): Promise<Notice> {
  const found = await findCurrentNotice(db, kind);
  if (!found) throw new Error(`No notice of kind ${kind} is published: run the seed`);
  return found;
}

/** The same for what an office may do without: undefined while nothing of that kind is published. */
export async function findCurrentNotice(db: Knex, kind: NoticeKind): Promise<Notice | undefined> {
  return cached(db, `notice/${kind}`, async () => {
    const row = await db('notice')
      .where({ kind })
      .andWhere('published_at', '<=', db.fn.now())
      .orderBy('version', 'desc')
      .first();
    return row && readNotice(row);
  });
}

/** One exact version: what somebody agreed to stays readable. */
export async function notice(db: Knex, kind: NoticeKind, version: number): Promise<Notice | undefined> {
  const row = await db('notice').where({ kind, version }).andWhere('published_at', '<=', db.fn.now()).first();
  return row && readNotice(row);
}

interface NoticeRow extends VersionRow {
  kind: NoticeKind;
  text_hash: Buffer;
}

const readNotice = (row: NoticeRow): Notice => ({ ...readVersion(row), kind: row.kind, textHash: row.text_hash });
