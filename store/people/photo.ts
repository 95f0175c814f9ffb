import type { Knex } from 'knex';
import type { FieldCipher } from '../../platform/crypto.ts';
import type { Reads } from '../../platform/reads.ts';
import { lockActiveAccount } from './account-lock.ts';

/** Photographs of a visitor: encrypted, one of a kind, gone when nobody needs them. */

export type PhotoKind = 'document' | 'face';
export const photoKinds: readonly PhotoKind[] = ['document', 'face'];

export interface Photo {
  id: string;
  kind: PhotoKind;
  /** Pixels. */
  width: number;
  height: number;
  /** Agreed: also for the next visit. Otherwise it goes with the window's end. */
  keep: boolean;
  createdAt: Date;
}

export interface NewPhoto {
  visitor: string;
  kind: PhotoKind;
  /** JPEG without metadata, as platform/photograph.ts makes it; at most 300 kB. */
  jpeg: Buffer;
  width: number;
  height: number;
  consent: string;
  keep: boolean;
}

/** A visitor's own photographs, not those of companions. */
export async function photosOf(reads: Reads, visitor: string): Promise<Photo[]> {
  const rows = await reads.rows<Parameters<typeof readPhoto>[0]>(
    `select id, kind, width, height, keep, created_at from photo where visitor_id = $1 and companion_id is null`,
    [visitor],
  );
  return rows.map(readPhoto);
}

/** Takes the place of the one before. What was submitted with that one points at nothing then. @returns its id */
export async function savePhoto(trx: Knex, cipher: FieldCipher, photo: NewPhoto): Promise<string> {
  await lockActiveAccount(trx, photo.visitor);
  await removePhoto(trx, photo.visitor, photo.kind);
  const { rows } = await trx.raw<{ rows: [{ id: string }] }>('select uuidv7() as id');
  const { id } = rows[0];
  await trx('photo').insert({
    id,
    visitor_id: photo.visitor,
    kind: photo.kind,
    image_enc: cipher.sealBytes(addressOf(id), photo.jpeg),
    width: photo.width,
    height: photo.height,
    consent_id: photo.consent,
    keep: photo.keep,
  });
  return id;
}

/** @returns the id of what was there */
export async function removePhoto(trx: Knex, visitor: string, kind: PhotoKind): Promise<string | undefined> {
  const [removed] = await trx('photo')
    .where({ visitor_id: visitor, companion_id: null, kind })
    .delete()
    .returning('id');
  return removed?.id;
}

/** The visitor's own, in clear: JPEG. */
export async function readOwnPhoto(
  db: Knex,
  cipher: FieldCipher,
  visitor: string,
  kind: PhotoKind,
): Promise<Buffer | undefined> {
  const row = await db('photo').where({ visitor_id: visitor, companion_id: null, kind }).first('id', 'image_enc');
  return row && cipher.openBytes(addressOf(row.id), row.image_enc);
}

/** One of the photographs that were submitted with a submission, in clear: only for people who may see that submission. */
export async function readSubmittedPhoto(
  db: Knex,
  cipher: FieldCipher,
  of: { submission: string; photo: string },
): Promise<{ kind: PhotoKind; jpeg: Buffer } | undefined> {
  const row = await db('photo')
    .where('photo.id', of.photo)
    .whereExists(
      db('reservation_person as p')
        .where('p.submission_id', of.submission)
        .whereNull('p.erased_at')
        .whereRaw('(p.document_photo_id = photo.id or p.face_photo_id = photo.id)'),
    )
    .first('id', 'kind', 'image_enc');
  return row && { kind: row.kind, jpeg: cipher.openBytes(addressOf(row.id), row.image_enc) };
}

/**
 * Photographs whose time is over (PIPL art. 19): not agreed to be kept, older than an unfinished form may get, and of no
 * visit whose window is still to end. Give the transaction that deletes them: `photosPastTheirTime(trx, now).delete()`.
 * @param waits how many days a photograph may wait for the reservation that it was taken for
 */
export function photosPastTheirTime(db: Knex, now: Date, waits = 7): Knex.QueryBuilder {
  return db('photo')
    .where('photo.keep', false)
    .whereRaw(`photo.created_at < ?::timestamptz - ? * interval '1 day'`, [now, waits])
    .whereNotExists(openVisitsOf(db, now))
    .orWhere((used) =>
      used
        .where('photo.keep', false)
        .whereExists(db('reservation_person as p').whereRaw(submittedWith))
        .whereNotExists(openVisitsOf(db, now)),
    );
}

const submittedWith = '(p.document_photo_id = photo.id or p.face_photo_id = photo.id)';

const openVisitsOf = (db: Knex, now: Date) =>
  db('reservation_person as p')
    .join('reservation as r', 'r.id', 'p.reservation_id')
    .whereRaw(submittedWith)
    .whereNot('r.stage', 'closed')
    .where((window) => window.whereNull('r.visit_until').orWhere('r.visit_until', '>', now));

const addressOf = (row: string) => ({ table: 'photo', column: 'image_enc', row });

const readPhoto = (row: {
  id: string;
  kind: PhotoKind;
  width: number;
  height: number;
  keep: boolean;
  created_at: Date;
}): Photo => ({
  id: row.id,
  kind: row.kind,
  width: row.width,
  height: row.height,
  keep: row.keep,
  createdAt: row.created_at,
});
