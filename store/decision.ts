import type { Knex } from 'knex';
import type { FieldCipher } from '../platform/crypto.ts';

/** What an approver typed with a decision, in clear; undefined when nothing was. */
export async function findDecisionReason(db: Knex, cipher: FieldCipher, request: string): Promise<string | undefined> {
  const row = await db('decision').where({ request_id: request }).first('reason_enc');
  return row?.reason_enc
    ? cipher.open({ table: 'decision', column: 'reason_enc', row: request }, row.reason_enc)
    : undefined;
}
