import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Memory, PayOrder, PayRefund } from '../memory.ts';

/**
 * What the merchant's customers paid and got back, in a file: a merchant's books outlive the provider's restart, and a demo that
 * forgot them would differ from its own database the next morning. Without a file in memory only.
 */
export interface Books {
  /** After each change, before anybody is told of it. */
  save(): void;
}

export function openBooks(memory: Memory, file: string | undefined): Books {
  if (!file) return { save: () => {} };
  if (existsSync(file)) {
    const kept: { orders: PayOrder[]; refunds: PayRefund[] } = JSON.parse(readFileSync(file, 'utf8'), withInstants);
    for (const order of kept.orders) memory.orders.set(order.number, order);
    for (const refund of kept.refunds) memory.refunds.set(refund.number, refund);
  }
  return {
    save() {
      const books = { orders: [...memory.orders.values()], refunds: [...memory.refunds.values()] };
      writeFileSync(`${file}.next`, JSON.stringify(books), { mode: 0o600 });
      renameSync(`${file}.next`, file);
    },
  };
}

const withInstants = (key: string, value: unknown): unknown =>
  ['at', 'doneAt', 'expires'].includes(key) && typeof value === 'string' ? new Date(value) : value;
