import type { Knex } from 'knex';

/** Phones that asked to show a pass by themselves: the public half of a key whose private half never left them. */

export interface PhoneBinding {
  /** Also the id of the request that asks for it. */
  id: string;
  pass: string;
  reservation: string;
  ordinal: number;
  /** Compressed P-256 point, 33 bytes. */
  publicKey: Uint8Array;
  /** The visitor whose session asked; null: a person who typed the visit code. */
  visitor: string | null;
  createdAt: Date;
}

/** Insert-only. Call it in the transaction that keeps the request. */
export async function keepBinding(trx: Knex, binding: Omit<PhoneBinding, 'createdAt'>): Promise<void> {
  await trx('phone_binding').insert({
    id: binding.id,
    pass_id: binding.pass,
    reservation_id: binding.reservation,
    ordinal: binding.ordinal,
    public_key: Buffer.from(binding.publicKey),
    visitor_id: binding.visitor,
  });
}

export async function findBinding(db: Knex, id: string): Promise<PhoneBinding | undefined> {
  const row = await db('phone_binding').where({ id }).first();
  return (
    row && {
      id: row.id,
      pass: row.pass_id,
      reservation: row.reservation_id,
      ordinal: row.ordinal,
      publicKey: row.public_key,
      visitor: row.visitor_id,
      createdAt: row.created_at,
    }
  );
}

/** How often the same asker bound this pass within the last day: a person who has a link cannot use up its holder's limit. */
export async function bindingsToday(db: Knex, pass: string, visitor: string | null): Promise<number> {
  const row = await db('phone_binding')
    .where({ pass_id: pass, visitor_id: visitor })
    .whereRaw("created_at > now() - interval '1 day'")
    .count<{ count: string | number }[]>('* as count')
    .first();
  return Number(row?.count ?? 0);
}
