import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Knex } from 'knex';
import type { PayFailure, WechatPay } from '../platform/wechat-pay.ts';
import { recordPayFault } from '../store/payments/fault.ts';
import {
  keepPrepay,
  markClosed,
  markTold,
  type Order,
  takeIn,
  type Untold,
  untoldPayments,
} from '../store/payments/order.ts';
import { paid, reservationWorkflowId } from '../workflows/messages/reservation.ts';

/** What is between an order's row, the provider and the workflow. Web, the worker's rounds and activities go through it. */
export interface Orders {
  /** Asks for a place to pay; asked again, the same. */
  offer(order: Order, to: Offer): Promise<{ ok: true; prepay: string } | PayFailure>;
  /** Asks of it and takes in what was paid; undefined: the provider does not say. */
  look(order: Order): Promise<'paid' | 'closed' | 'open' | undefined>;
  /** It cannot be paid any more, or is paid. @returns whether that is known */
  close(order: Order): Promise<boolean>;
  /** Tells the workflow of what was paid since it was told last. */
  tell(reservation: string): Promise<void>;
}

/** What an order is for, in words, and who pays, as far as the method asks. */
export interface Offer {
  description: string;
  /** `jsapi` */
  openid?: string;
  /** `h5`: the payer's network address. */
  address?: string;
}

const patience = 5_000;

function ignoreGone(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}

export function createOrders({ db, pay, client }: { db: Knex; pay: WechatPay | undefined; client: Client }): Orders {
  async function look(order: Order): ReturnType<Orders['look']> {
    const found = await pay?.query(order.id);
    if (!found) return undefined;
    // Nobody was ever led to it, and by its own date nobody can be.
    if (!found.ok) return found.fault === 'none' ? ifLapsed(order) : undefined;
    if (found.state === 'paid' || found.state === 'refunded') {
      if (!found.paid) return undefined;
      const { transaction, amount, at } = found.paid;
      const taken = await db.transaction((trx) => takeIn(trx, { order: order.id, transaction, amount, at }));
      if (taken !== 'other_amount') return 'paid';
      await recordPayFault(db, { kind: 'other_amount', subject: order.id, ours: order.amount, theirs: amount });
      return undefined;
    }
    if (found.state !== 'closed') return 'open';
    await markClosed(db, order.id);
    return 'closed';
  }

  async function ifLapsed(order: Order): Promise<'closed' | 'open'> {
    if (order.payBy.getTime() > Date.now()) return 'open';
    await markClosed(db, order.id);
    return 'closed';
  }

  /** The same message twice says nothing new; one that is lost is sent again by the worker. */
  async function tellAll(untold: Untold): Promise<void> {
    const handle = client.workflow.getHandle(reservationWorkflowId(untold.reservation));
    await client
      .withDeadline(Date.now() + patience, () => handle.signal(paid, untold.money))
      // It has ended: what came in for it went back with its row.
      .catch(ignoreGone);
    await markTold(db, untold);
  }

  return {
    async offer(order, to) {
      if (order.prepay !== null) return { ok: true, prepay: order.prepay };
      const { id, amount, payBy, method } = order;
      if (!pay || method === 'cash') throw new Error('Nothing is asked of a provider');
      const asked = { id, amount, payBy, description: to.description };
      const opened = await pay.open(
        method === 'jsapi'
          ? { ...asked, method, openid: to.openid ?? '' }
          : method === 'h5'
            ? { ...asked, method, address: to.address ?? '' }
            : { ...asked, method },
      );
      if (opened.ok) await keepPrepay(db, id, opened.prepay);
      return opened;
    },
    look,
    async close(order) {
      const closed = await pay?.close(order.id);
      if (!closed) return false;
      if (closed.ok || closed.fault === 'none') {
        await markClosed(db, order.id);
        return true;
      }
      return closed.fault === 'paid' && (await look(order)) === 'paid';
    },
    async tell(reservation) {
      for (const untold of await untoldPayments(db, 1, reservation)) await tellAll(untold);
    },
  };
}
