import { createHash } from 'node:crypto';
import { type Localized, localized } from './content-cache.ts';

/** A notice or guide as it is published: Markdown in every language. */
export interface Text {
  title: Localized;
  body: Localized;
}

/** The columns of a text and the SHA-256 over all of them, which a consent copies. */
export function publishedText({ title, body }: Text) {
  const text = {
    title_zh: title['zh-CN'],
    title_en: title.en,
    body_zh: body['zh-CN'],
    body_en: body.en,
  };
  return { ...text, text_hash: createHash('sha256').update(JSON.stringify(text)).digest() };
}

/** One version of a text, as its row says it. */
export const readVersion = (row: VersionRow) => ({
  id: row.id,
  version: row.version,
  title: localized(row, 'title'),
  body: localized(row, 'body'),
  publishedAt: row.published_at,
});

export interface VersionRow extends Record<string, unknown> {
  id: string;
  version: number;
  published_at: Date;
}
