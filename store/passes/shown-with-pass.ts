import type { Knex } from 'knex';
import type { FieldCipher } from '../../platform/crypto.ts';
import type { Pass } from './pass.ts';

/**
 * The people shown with a pass other than the visitor who asked for the visit. In clear; mask what is merely listed. Those whose time is over are erased
 * and left out.
 */
export async function companionsOnPasses(
  db: Knex,
  cipher: FieldCipher,
  passes: Pass[],
): Promise<{ reservation: string; ordinal: number; name: string }[]> {
  const rows = await db('reservation_person as p')
    .join('reservation as r', 'r.submission_id', 'p.submission_id')
    .whereIn(
      ['p.reservation_id', 'p.ordinal'],
      passes.map(({ reservation, ordinal }) => [reservation, ordinal]),
    )
    .whereNotNull('p.companion_id')
    .whereNull('p.erased_at')
    .select('p.id', 'p.reservation_id', 'p.ordinal', 'p.name_enc');
  return rows.map((row) => ({
    reservation: row.reservation_id,
    ordinal: row.ordinal,
    name: cipher.open({ table: 'reservation_person', column: 'name_enc', row: row.id }, row.name_enc),
  }));
}

/** Where it leads to. */
export async function departmentOfPass(db: Knex, { reservation }: Pass): Promise<string | undefined> {
  const row = await db('reservation').where({ id: reservation }).first('department_id');
  return row?.department_id ?? undefined;
}
