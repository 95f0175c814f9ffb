import express, { Router } from 'express';
import type { SandboxSettings } from '../../platform/config.ts';
import type { Log } from '../../platform/log.ts';
import type { Faults } from '../faults.ts';
import type { Memory } from '../memory.ts';
import { createPayAccount } from './account.ts';
import { billRoutes } from './bill.ts';
import { openBooks } from './books.ts';
import { createCall } from './call.ts';
import { cashierRoutes } from './cashier.ts';
import { certificateRoutes } from './certificates.ts';
import { payInspectRoutes } from './inspect.ts';
import { createPayNotices } from './notices.ts';
import { orderRoutes } from './orders.ts';
import { createCashier } from './paying.ts';
import { refundRoutes } from './refunds.ts';

/** WeChat Pay, API v3, for one merchant; without a merchant in the settings there is none. */
export function startPay(
  settings: SandboxSettings,
  memory: Memory,
  faults: Faults,
  log: Log,
): { routes: Router; stop(): void } {
  const routes = Router();
  const account = createPayAccount(settings);
  if (!account) return { routes, stop: () => {} };
  const books = openBooks(memory, settings.SANDBOX_PAY_BOOKS);
  const notices = createPayNotices(settings, account, faults, log);
  const cashier = createCashier(account, memory, notices, books);
  const call = createCall(account, faults, books);
  // Signatures are over the bytes as they came.
  routes.use('/v3', express.raw({ type: () => true, limit: '64kb' }));
  routes.use(orderRoutes(account, memory, call));
  routes.use(refundRoutes(account, memory, { faults, notices, books }, call));
  routes.use(billRoutes(account, memory, faults, call));
  routes.use(certificateRoutes(account, call));
  routes.use(cashierRoutes(settings, memory, cashier));
  routes.use(payInspectRoutes(account, memory, cashier, notices));
  return { routes, stop: () => notices.stop() };
}
