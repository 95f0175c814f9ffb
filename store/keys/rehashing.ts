import type { Knex } from 'knex';
import { documentTail } from '../../domain/identity-number.ts';
import type { Batches } from '../../platform/batches.ts';
import type { BlindIndex, FieldCipher } from '../../platform/crypto.ts';
import { hostKey } from '../content/host.ts';
import { nameKey, phoneTail } from '../reservations/search-key.ts';

/**
 * Hashes of an older key of look-ups are made anew by the current one, out of the sealed column beside each, in small
 * batches beside the running system, which finds rows by either key meanwhile. It is done as the schema's owner: frozen rows
 * are nobody else's to write. It can be stopped at any time and begun again.
 */

interface Source {
  kind: string;
  /** The sealed column that the hash is made of. */
  sealed: string;
  /** What of its text is hashed. */
  of?: (text: string) => string;
  /** The column that names the row. Left out: `id`. */
  row?: string;
  /** Rows of before there was the hash get it too. */
  fills?: boolean;
}

const phone: Source = { kind: 'phone', sealed: 'phone_enc' };
const document: Source = { kind: 'document', sealed: 'document_enc' };
const tail: Source = { kind: 'document_tail', sealed: 'document_enc', of: documentTail };

/** Each hash that can be made anew, by table and column. */
export const rehashed: Record<string, Record<string, Source>> = {
  visitor: { phone_hash: phone, openid_hash: { kind: 'openid', sealed: 'openid_enc' } },
  person: { document_hash: document, document_tail_hash: tail },
  reservation_person: {
    document_hash: document,
    document_tail_hash: tail,
    name_hash: { kind: 'name', sealed: 'name_enc', of: nameKey, fills: true },
    phone_tail_hash: { kind: 'phone_tail', sealed: 'phone_enc', of: phoneTail, fills: true },
  },
  companion: { phone_hash: phone, document_hash: document, document_tail_hash: tail },
  guardian: { phone_hash: phone },
  data_request: { phone_hash: phone, document_hash: document },
  phone_recovery: { old_phone_hash: { kind: 'phone', sealed: 'old_phone_enc' }, document_hash: document },
  host: { name_hash: { kind: 'host', sealed: 'name_enc', of: hostKey } },
  staff_contact: { openid_hash: { kind: 'openid', sealed: 'openid_enc', row: 'staff_id' } },
  staff_messenger: { user_hash: { kind: 'messenger_user', sealed: 'user_enc' } },
};

/** The others: looked for by every key until their rows go, or, in the audit, looked for by nobody. */
export const expiring: Record<string, string[]> = {
  attempt: ['key_hash'],
  audit: ['address_hash'],
  companion_invitation: ['token_hash'],
  kept_form: ['owner_hash'],
  password_asking: ['address_hash'],
  phone_code: ['phone_hash', 'session_hash', 'code_hash'],
  staff_link: ['token_hash'],
  staff_link_letter: ['token_hash'],
  staff_messenger_code: ['code_hash'],
  // Nobody knows the codes any more: those of before go with the former key, and their owners make new ones.
  staff_recovery_code: ['code_hash'],
  staff_wechat_code: ['code_hash'],
  task_link: ['token_hash'],
};

export interface Rehashed {
  table: string;
  column: string;
  /** Rows looked at, of those that there were. */
  seen: number;
  of: number;
  /** Those that were hashed anew. */
  done: number;
}

type Means = { cipher: FieldCipher; index: BlindIndex };

/** @returns how many hashes stay, since what they are made of could not be opened */
export async function rehashAll(owner: Knex, means: Means, { progress = () => {}, batch = 200 }: Batches<Rehashed>) {
  let left = 0;
  for (const [table, columns] of Object.entries(rehashed)) {
    for (const [column, source] of Object.entries(columns)) {
      const place = { table, column, source };
      let pass = await rehashColumn(owner, means, place, progress, batch);
      // Somebody may still have written by a former key; the next pass takes what came in, and ends when it finds nothing more.
      while (pass.done > 0) pass = await rehashColumn(owner, means, place, () => {}, batch);
      left += pass.left;
    }
  }
  return left;
}

type Place = { table: string; column: string; source: Source };

/** One pass, in the order of ids. */
async function rehashColumn(
  owner: Knex,
  { cipher, index }: Means,
  { table, column, source: { kind, sealed, of: part = (text) => text, row = 'id', fills } }: Place,
  progress: (one: Rehashed) => void,
  batch: number,
): Promise<{ done: number; left: number }> {
  const present = fills ? sealed : column;
  const whole = await owner(table).whereNotNull(present).count('* as n').first();
  const counts = { seen: 0, of: Number(whole?.n ?? 0), done: 0, left: 0 };
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const { rows } = await owner.raw<{ rows: { id: string; hash: Buffer | null; value: Buffer }[] }>(
      'select ?? as id, ?? as hash, ?? as value from ?? where ?? > ?::uuid and ?? is not null order by ?? limit ?',
      [row, column, sealed, table, row, after, present, row, batch],
    );
    for (const { id, hash, value } of rows) {
      counts.seen += 1;
      const text = opened(() => cipher.open({ table, column: sealed, row: id }, value));
      const fresh = text === undefined ? undefined : index(kind, part(text));
      if (!fresh) counts.left += 1;
      else if (!hash || !fresh.equals(hash)) counts.done += await write(owner, { table, column, row, id, hash, fresh });
    }
    progress({ table, column, ...counts });
    if (rows.length < batch) return counts;
    after = rows.at(-1)?.id ?? after;
  }
}

type Written = { table: string; column: string; row: string; id: string; hash: Buffer | null; fresh: Buffer };

/** Where somebody wrote meanwhile, it was by the current key. Codes of an account's phone go along: nothing sealed stands beside them. */
async function write(owner: Knex, { table, column, row, id, hash, fresh }: Written): Promise<number> {
  return owner.transaction(async (trx) => {
    const same = trx(table).where({ [row]: id, [column]: hash });
    const done = await same.update({ [column]: fresh });
    if (done > 0 && table === 'visitor' && column === 'phone_hash') {
      await trx('phone_code').where({ phone_hash: hash }).update({ phone_hash: fresh });
    }
    return done;
  });
}

function opened(open: () => string): string | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}
