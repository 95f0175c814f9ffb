import type { Knex } from 'knex';
import type { Pass } from './pass.ts';

/** Whether this version was printed or saved as a picture: somebody may hold it in their hand, and a newer version ends it. */
export async function wasPrinted(db: Knex, pass: Pick<Pass, 'id' | 'reservation' | 'version'>): Promise<boolean> {
  const row = await db('audit')
    .where({ subject_kind: 'reservation', subject_id: pass.reservation, action: 'pass_printed' })
    .whereRaw(`detail->>'pass' = ? and (detail->>'version')::int = ?`, [pass.id, pass.version])
    .first('id');
  return row !== undefined;
}
