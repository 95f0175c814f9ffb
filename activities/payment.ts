import { ApplicationFailure } from '@temporalio/activity';
import type { Knex } from 'knex';
import { endAccount, giveBack, lockAccount, moneyOf } from '../store/payments/account.ts';
import { ordersOf } from '../store/payments/order.ts';
import type { CoreActivities } from '../workflows/messages/activities.ts';
import type { ActivityDeps } from './deps.ts';

/** What was paid beyond what is owed goes back, by rows that a worker hands to the provider. */
export const settlePayment =
  ({ db }: Pick<ActivityDeps, 'db'>): CoreActivities['settlePayment'] =>
  ({ reservation, owed, because, ends }) =>
    db.transaction(async (trx) => {
      await lockAccount(trx, reservation);
      if (ends) await endAccount(trx, reservation, owed);
      return giveBack(trx, reservation, { owed, reason: because });
    });

/** What is open at the provider is paid by now, or cannot be paid any more. */
export const closeOrders =
  ({ db, orders }: Pick<ActivityDeps, 'db' | 'orders'>): CoreActivities['closeOrders'] =>
  async ({ reservation }) => {
    for (const order of await openOrders(db, reservation)) {
      if (await orders.close(order)) continue;
      throw ApplicationFailure.create({
        type: 'provider',
        message: 'The provider does not say whether an order was paid',
        nextRetryDelay: '10 seconds',
      });
    }
    return moneyOf(db, reservation);
  };

const openOrders = async (db: Knex, reservation: string) =>
  (await ordersOf(db, reservation)).filter(({ status }) => status === 'open');
