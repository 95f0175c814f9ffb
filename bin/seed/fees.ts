import type { Knex } from 'knex';
import { feeTable } from '../../domain/fee.ts';
import { publishFees } from '../../store/payments/fee.ts';
import { campus } from './content.ts';

/** Fen a visit. Official visits are free. */
const fees = feeTable.parse({
  per: 'visit',
  amounts: {
    personal: { ordinary: 1_000, new_energy: 500, special: 0 },
    official: { ordinary: 0, new_energy: 0, special: 0 },
  },
  payWithin: 24,
  refundsShorter: true,
});

/**
 * Lets a vehicle cost something on the demo's campus. Not a part of `seedDemo`: where money goes by a real merchant account,
 * nobody is asked for a fee that the demo made up. A table that was published since stays.
 *
 * @param db as the owner of the database
 */
export async function addDemoFees(db: Knex): Promise<void> {
  await db.transaction(async (trx) => {
    const admin = await trx('staff').where({ demo: true, username: 'admin' }).first('id');
    const there = await trx('campus').where({ number: campus.number }).first('id');
    if (admin && there) await publishFees(trx, { campus: there.id, after: 0, table: fees, by: admin.id });
  });
}
