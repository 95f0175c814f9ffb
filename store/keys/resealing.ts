import type { Knex } from 'knex';
import type { Batches } from '../../platform/batches.ts';
import { createFieldCipher, sealedHeader } from '../../platform/crypto.ts';
import type { KeyRing } from '../../platform/key-ring.ts';

/**
 * Values that an older key sealed are sealed anew by the current one, column by column, beside the running system.
 * It is done as the schema's owner: frozen rows are nobody else's to write. What was resealed stays so; it can be
 * stopped at any time and begun again.
 */

/** What names the row in a value's seal, where that is not its id. */
const rows: Record<string, string> = {
  awaited_person: `submission_id || '/' || ordinal`,
  decision: 'request_id::text',
  pass: `id || '/' || version`,
  staff_contact: 'staff_id::text',
  staff_link_mail: 'link_id::text',
  staff_second_factor: 'staff_id::text',
  wechat_token: 'app_id',
};

export interface Resealed {
  table: string;
  column: string;
  /** Values that were resealed, of those that had to be. */
  done: number;
  of: number;
}

/** Every column that is sealed: those whose name says so. */
export async function sealedColumns(owner: Knex): Promise<{ table: string; column: string }[]> {
  return owner('information_schema.columns as c')
    .join('information_schema.tables as t', { 't.table_name': 'c.table_name', 't.table_schema': 'c.table_schema' })
    .where({ 'c.table_schema': 'public', 'c.data_type': 'bytea', 't.table_type': 'BASE TABLE' })
    .whereRaw(`c.column_name like '%\\_enc'`)
    .select({ table: 'c.table_name', column: 'c.column_name' })
    .orderBy(['c.table_name', 'c.column_name']);
}

/** A column of sealed values. */
type Place = { table: string; column: string };

/** How many values of a column this key sealed. */
export const sealedUnder = (owner: Knex, place: Place, kid: string): Promise<number> =>
  countSealed(owner, place, '=', kid);

/** How many values of a column another key than this one sealed. */
const sealedOtherwise = (owner: Knex, place: Place, kid: string): Promise<number> =>
  countSealed(owner, place, '<>', kid);

async function countSealed(owner: Knex, { table, column }: Place, is: '=' | '<>', kid: string): Promise<number> {
  const header = sealedHeader(kid);
  const { rows: found } = await owner.raw(
    `select count(*)::int as n from ?? where substring(?? from 1 for ?) ${is} ?`,
    [table, column, header.length, header],
  );
  return found[0].n;
}

/** @returns how many values could not be opened, by no key of the ring */
export async function resealAll(owner: Knex, ring: KeyRing, { progress = () => {}, batch = 200 }: Batches<Resealed>) {
  let left = 0;
  for (const place of await sealedColumns(owner)) {
    const of = await sealedOtherwise(owner, place, ring.current);
    let [done, before] = [0, -1];
    // Rows move while they are written; the next pass takes what this one missed, and ends when it finds nothing more.
    while (done > before) {
      before = done;
      for await (const count of resealColumn(owner, ring, place, batch)) {
        done += count;
        if (count > 0) progress({ ...place, done, of: Math.max(of, done) });
      }
    }
    left += await sealedOtherwise(owner, place, ring.current);
  }
  return left;
}

/** One pass in the order in which rows lie on the disk, each looked at once. */
async function* resealColumn(
  owner: Knex,
  ring: KeyRing,
  { table, column }: { table: string; column: string },
  batch: number,
): AsyncGenerator<number> {
  const cipher = createFieldCipher(ring);
  const header = sealedHeader(ring.current);
  let after = '(0,0)';
  for (;;) {
    const { rows: found } = await owner.raw<{ rows: { at: string; row: string; value: Buffer }[] }>(
      `select ctid::text as at, ${rows[table] ?? 'id::text'} as row, ?? as value from ??
        where ctid > ?::tid and substring(?? from 1 for ?) <> ? limit ?`,
      [column, table, after, column, header.length, header, batch],
    );
    let done = 0;
    for (const { at, row, value } of found) {
      const address = { table, column, row };
      const open = opened(() => cipher.openBytes(address, value));
      // Where somebody wrote meanwhile, it was with the current key.
      const same = owner(table).whereRaw('ctid = ?::tid', [at]).where(column, value);
      if (open) done += await same.update({ [column]: cipher.sealBytes(address, open) });
    }
    yield done;
    if (found.length < batch) return;
    after = found.at(-1)?.at ?? after;
  }
}

function opened(open: () => Buffer): Buffer | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}
