import { ordersOf } from '../../store/payments/order.ts';
import type { WebDeps } from '../deps.ts';

/**
 * Cash is a payment by now: its workflow is told, and what was begun at the provider is closed, so that nobody pays the same twice. Nobody
 * waits for it: where it fails the worker tells, an order dies by its own date, and what is paid twice goes back.
 */
export function afterCash({ db, orders }: Pick<WebDeps, 'db' | 'orders'>, reservation: string): void {
  const follow = async () => {
    await orders.tell(reservation);
    const open = (await ordersOf(db, reservation)).filter(({ status }) => status === 'open');
    for (const order of open) await orders.close(order);
  };
  follow().catch(() => {});
}
