import type { Knex } from 'knex';
import { type FeeTable, feeTable } from '../../domain/fee.ts';
import type { Transaction } from '../../platform/db.ts';
import { cached } from '../content/content-cache.ts';

/** Tables of fees in their versions, and what each submission costs by them. */

export interface PublishedFees {
  id: string;
  version: number;
  table: FeeTable;
}

/** What applies at a campus at this moment; undefined: nothing was ever published, and nothing costs anything. */
export async function feesOf(db: Knex, campus: string): Promise<PublishedFees | undefined> {
  const row = await db('fee_table')
    .where({ campus_id: campus })
    .orderBy('version', 'desc')
    .first('id', 'version', 'document');
  return row && { id: row.id, version: row.version, table: feeTable.parse(row.document) };
}

/** The same for pages that only show it, a few seconds old at most. */
export const shownFees = (db: Knex, campus: string): Promise<PublishedFees | undefined> =>
  cached(db, `fees/${campus}`, () => feesOf(db, campus));

/** @returns undefined where somebody else has published since `after`, the version that was looked at */
export async function publishFees(
  trx: Transaction,
  { campus, after, table, by }: { campus: string; after: number; table: FeeTable; by: string },
): Promise<string | undefined> {
  const [row] = await trx('fee_table')
    .insert({ campus_id: campus, version: after + 1, document: JSON.stringify(table), published_by: by })
    .onConflict(['campus_id', 'version'])
    .ignore()
    .returning('id');
  return row?.id;
}

/** What a submission costs, in fen. One that was admitted before there were fees, or comes without a vehicle, costs nothing. */
export async function feeOfSubmission(db: Knex, submission: string): Promise<number> {
  const row = await db('submission_fee').where({ submission_id: submission }).first('amount');
  return row?.amount ?? 0;
}

/** Asked again, it stays what it was. */
export async function keepFee(
  trx: Transaction,
  { submission, table, amount }: { submission: string; table: string; amount: number },
): Promise<number> {
  if (amount > 0) {
    await trx('submission_fee')
      .insert({ submission_id: submission, table_id: table, amount })
      .onConflict('submission_id')
      .ignore();
  }
  return feeOfSubmission(trx, submission);
}
