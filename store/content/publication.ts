import type { Knex } from 'knex';
import type { Transaction } from '../../platform/db.ts';
import type { GuideKind } from './guide.ts';
import type { NoticeKind } from './notice.ts';
import { publishedText, readVersion, type Text } from './published-text.ts';

/** Notices and guides are published in versions: a text that somebody read or agreed to is never changed. */
export type Publication = { what: 'notice'; kind: NoticeKind } | { what: 'guide'; kind: GuideKind; campus: string };

export interface PublishedVersion extends Text {
  version: number;
  publishedAt: Date;
}

/** Every version, newest first; none: never published. */
export async function versionsOf(db: Knex, publication: Publication): Promise<PublishedVersion[]> {
  const rows = await db(publication.what).where(keyOf(publication)).orderBy('version', 'desc').limit(50);
  return rows.map(readVersion);
}

/**
 * Publishes the version after the one that the editor saw. The same text twice is one version.
 * @param version the editor's: 0 when nothing was published
 * @returns undefined when another version was published meanwhile
 */
export async function publish(
  trx: Transaction,
  publication: Publication,
  { version, text }: { version: number; text: Text },
): Promise<{ id: string; version: number; isNew: boolean } | undefined> {
  const columns = publishedText(text);
  // Two editors of the same text wait for each other.
  await trx.raw('select pg_advisory_xact_lock(hashtextextended(?, 0))', [JSON.stringify(publication)]);
  const newest = await trx(publication.what).where(keyOf(publication)).orderBy('version', 'desc').first();
  if (newest && columns.text_hash.equals(newest.text_hash)) {
    return { id: newest.id, version: newest.version, isNew: false };
  }
  if ((newest?.version ?? 0) !== version) return undefined;
  const [made] = await trx(publication.what)
    .insert({ ...keyOf(publication), version: version + 1, ...columns })
    .returning('id');
  return { id: made.id, version: version + 1, isNew: true };
}

const keyOf = (publication: Publication) =>
  publication.what === 'guide' ? { kind: publication.kind, campus_id: publication.campus } : { kind: publication.kind };

/** The newest version of every notice, or of every guide of every campus. */
export async function newestVersions(
  db: Knex,
  what: Publication['what'],
): Promise<{ kind: string; campus: string | null; version: number; publishedAt: Date }[]> {
  const key = what === 'guide' ? ['campus_id', 'kind'] : ['kind'];
  const rows = await db(what)
    .distinctOn(key)
    .orderBy([...key, { column: 'version', order: 'desc' }]);
  return rows.map((row) => ({
    kind: row.kind,
    campus: row.campus_id ?? null,
    version: row.version,
    publishedAt: row.published_at,
  }));
}
