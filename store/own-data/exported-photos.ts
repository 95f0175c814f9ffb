import type { Knex } from 'knex';
import type { FieldCipher } from '../../platform/crypto.ts';
import { photoKinds, readOwnPhoto } from '../people/photo.ts';

/** The owner's photographs, each as a data URI. */
export async function photos(db: Knex, cipher: FieldCipher, visitor: string) {
  const kept = await Promise.all(
    photoKinds.map(async (kind) => ({ kind, jpeg: await readOwnPhoto(db, cipher, visitor, kind) })),
  );
  const rows = await db('photo')
    .where({ visitor_id: visitor, companion_id: null })
    .select('kind', 'keep', 'created_at');
  return kept.flatMap(({ kind, jpeg }) => {
    const row = rows.find((one) => one.kind === kind);
    if (!jpeg || !row) return [];
    return [
      {
        kind,
        keptForNextTime: row.keep,
        createdAt: row.created_at,
        image: `data:image/jpeg;base64,${jpeg.toString('base64')}`,
      },
    ];
  });
}
