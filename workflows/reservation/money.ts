import type { Money, RefundReason } from '../../domain/fee.ts';
import type { CompiledPolicy } from '../../domain/projection.ts';
import type { Answer } from '../../domain/request.ts';
import type { Stage } from '../../domain/reservation.ts';
import { coreWith } from './activities.ts';
import { advance, type Happened } from './advance.ts';
import { beside } from './beside.ts';
import { putAside } from './movements.ts';
import { tell } from './notification.ts';
import { waitsUntil } from './tasks.ts';
import { isOpen, policyOf, type Visit } from './visit.ts';

/** What a vehicle costs, and what of it is paid. Rows prove it to whoever signs passes; here it says when to go on. */

const feeOf = (policy: CompiledPolicy): number => policy.fee?.amount ?? 0;

export const owes = (visit: Visit, policy: CompiledPolicy): boolean => feeOf(policy) > (visit.money?.kept ?? 0);

/** When the fee of what is approved now is due at the latest, epoch ms. */
export const payUntil = (policy: CompiledPolicy): number =>
  Math.min(Date.now() + (policy.fee?.within ?? 0), policy.until);

/** A round has every signature, and goes on where that leads; or it waits for others. */
export function afterSigning(visit: Visit, stage: Stage | undefined, happened: Happened[]): Answer {
  const policy = policyOf(visit);
  if (stage !== 'payment') {
    const answer = advance(visit, stage ? { stage } : { stageUntil: waitsUntil(visit, policy) }, happened);
    if (stage) settle(visit);
    return answer;
  }
  return ask(visit, { stage, stageUntil: payUntil(policy) }, happened);
}

/** The visitor is asked to pay, and told so. */
export function ask(visit: Visit, change: Partial<Pick<Visit, 'stage' | 'stageUntil'>>, happened: Happened[]): Answer {
  // Kept before anything is paid: an order may be paid in the moment in which the visit ends.
  if (!visit.undo.includes('money')) visit.undo.push('money');
  const answer = advance(visit, change, [...happened, { kind: 'payment_asked', actor }]);
  tell(visit, 'payment_due');
  return answer;
}

export const actor = { kind: 'system', id: 'payment' } as const;

/** What was paid beyond what is owed now goes back. */
export function settle(visit: Visit, because: RefundReason = 'shortened'): void {
  const { reservation } = visit.start;
  const owed = feeOf(policyOf(visit));
  if (!visit.undo.includes('money') || owed >= (visit.money?.kept ?? Number.POSITIVE_INFINITY)) return;
  beside(visit, async () => {
    learn(visit, await coreWith('money given back').settlePayment({ reservation, owed, because }));
  });
}

/** What came later counts: a message may overtake another one. @returns whether it says something new */
export function learn(visit: Visit, money: Money): boolean {
  if (money.movements <= (visit.money?.movements ?? 0)) return false;
  visit.money = money;
  return true;
}

/** Told by whoever took the payment in. What cannot be is put aside. */
export function handlePaid(visit: Visit, told: unknown, then: () => void): void {
  if (!isMoney(told)) {
    putAside(visit, 'payment');
    return;
  }
  if (!learn(visit, { kept: told.kept, movements: told.movements }) || !isOpen(visit)) return;
  then();
  if (visit.policy) settle(visit, 'surplus');
}

const isMoney = (told: unknown): told is Money =>
  typeof told === 'object' &&
  told !== null &&
  'kept' in told &&
  'movements' in told &&
  isCount(told.kept) &&
  isCount(told.movements);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
