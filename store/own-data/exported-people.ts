import type { Knex } from 'knex';
import { maskPhone } from '../../domain/masking.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { rowCipher } from '../../platform/row-cipher.ts';
import { readCompanions } from '../companions/companion.ts';

/** Other people in the copy of one's own data: what the owner typed of them, and what others keep of the owner. */

export async function companions(db: Knex, cipher: FieldCipher, lead: string) {
  const book = [
    ...(await readCompanions(db, cipher, { lead })),
    ...(await readCompanions(db, cipher, { lead, removed: true })),
  ].filter(({ name }) => name !== '');
  return book.map(({ kind, name, phone, declared, state, removedAt }) => ({
    kind,
    name,
    state,
    removedAt,
    phone: phone && (kind === 'joined' ? maskPhone(phone) : phone),
    ...declared,
  }));
}

export async function guardians(db: Knex, cipher: FieldCipher, visitor: string) {
  const rows = await db('guardian').where({ visitor_id: visitor, erased_at: null }).orderBy('id');
  return rows.map((row) => {
    const { open } = rowCipher(cipher, 'guardian', row.id);
    return { name: open('name_enc', row.name_enc), phone: open('phone_enc', row.phone_enc), provedAt: row.proved_at };
  });
}

/** What others keep of the owner in a book of their own; not whose book it is. */
export async function othersBooks(db: Knex, cipher: FieldCipher, visitor: string) {
  const rows = await db('companion').where({ member_id: visitor, erased_at: null }).orderBy('joined_at');
  return rows.map((row) => {
    const { open } = rowCipher(cipher, 'companion', row.id);
    return {
      name: open('name_enc', row.name_enc),
      phone: open('phone_enc', row.phone_enc),

      joinedAt: row.joined_at,
      removedAt: row.removed_at,
    };
  });
}
