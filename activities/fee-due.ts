import { feeOf } from '../domain/fee.ts';
import type { CompiledPolicy } from '../domain/projection.ts';
import { daysOf } from '../domain/time.ts';
import type { Transaction } from '../platform/db.ts';
import { moneyOf } from '../store/payments/account.ts';
import { feeOfSubmission, feesOf, keepFee } from '../store/payments/fee.ts';
import type { AdmissionFacts } from '../store/reservations/admission.ts';

const hour = 3_600_000;

/**
 * What an admitted submission costs by the table in force at this moment, kept as a row; asked again, it is the same. What was paid
 * for a longer stay stays paid, unless the table gives it back.
 *
 * @param narrowed the submission that it only narrows
 */
export async function feeDue(
  trx: Transaction,
  { reservation, submission, channel, campus, plate, from, until }: AdmissionFacts,
  narrowed: string | undefined,
): Promise<CompiledPolicy['fee']> {
  const fees = await feesOf(trx, campus.id);
  if (!fees) return undefined;
  const costs = feeOf(fees.table, { channel, plate, days: daysOf(from, until).length });
  const paid = narrowed && costs > 0 && !fees.table.refundsShorter;
  const stays = paid ? Math.min(await feeOfSubmission(trx, narrowed), (await moneyOf(trx, reservation)).kept) : 0;
  const amount = await keepFee(trx, { submission, table: fees.id, amount: Math.max(costs, stays) });
  return amount > 0 ? { amount, within: fees.table.payWithin * hour } : undefined;
}
