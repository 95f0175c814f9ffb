import type { Knex } from 'knex';
import type { Sealing } from '../companions/companion.ts';

/** Guardians of visitors under fourteen (PIPL art. 31): a proved phone, and an agreement that speaks for the child. */

export interface NewGuardian {
  /** The account on whose screen the guardian agreed: the child's own, or the lead's. */
  visitor: string;
  name: string;
  /** Proved by a code. */
  phone: string;
  consent: string;
}

export async function addGuardian(trx: Knex, { cipher, index }: Sealing, guardian: NewGuardian): Promise<string> {
  const { rows } = await trx.raw<{ rows: [{ id: string }] }>('select uuidv7() as id');
  const { id } = rows[0];
  const seal = (column: string, text: string) => cipher.seal({ table: 'guardian', column, row: id }, text);
  await trx('guardian').insert({
    id,
    visitor_id: guardian.visitor,
    name_enc: seal('name_enc', guardian.name),
    phone_enc: seal('phone_enc', guardian.phone),
    phone_hash: index('phone', guardian.phone),
    consent_id: guardian.consent,
  });
  return id;
}

/** The guardian stands with a row of the lead's book. */
export async function giveCompanionGuardian(
  trx: Knex,
  of: { lead: string; companion: string; guardian: string },
): Promise<void> {
  await trx('companion')
    .where({ id: of.companion, visitor_id: of.lead })
    .update({ guardian_id: of.guardian, version: trx.raw('version + 1') });
}
