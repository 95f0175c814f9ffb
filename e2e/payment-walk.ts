import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { feesByDay } from '../testing/paying.ts';
import type { System } from '../testing/system.ts';
import { until } from '../testing/until.ts';
import { ReservationPage } from './pages/reservation.ts';
import type { Visitor } from './people.ts';
import { long, type Stage, visitOf } from './stage.ts';
import { decide, type Look, reserve } from './walk.ts';

/** From the form with a vehicle to a receipt. */

export async function chargesForVehicles({ owner }: System): Promise<void> {
  const { campus_id: campus } = await owner('gate').where({ id: 'south' }).first('campus_id');
  // By the visit: one that goes on past midnight costs the same.
  const document = JSON.stringify({ ...feesByDay, per: 'visit' });
  await owner('fee_table').insert({ campus_id: campus, version: 1, document });
}

/** @returns the reservation; the phone shows the page of the payment */
export async function untilDue(
  stage: Stage,
  { page, visitor, look }: { page: Page; visitor: Visitor; look: Look },
): Promise<string> {
  const { system } = stage;
  const reservation = await reserve({ system, page, visitor, look }, visitOf(long));
  await decide({ system, page: await stage.desk(), look: async () => {} }, visitor);
  const toPay = page.getByRole('link', { name: '去缴费 ¥10.00' });
  await until(async () => {
    await page.goto(`${system.web}/reservations/${reservation}`);
    return toPay.isVisible();
  }, 'the fee is due');
  await look('reservation-to-pay', page);
  await toPay.click();
  await page.getByText('¥10.00').waitFor();
  await look('payment', page);
  return reservation;
}

/** Pays at the cashier that the phone shows; comes back to the page of the payment by itself where the cashier leads back. */
export async function payAtCashier(page: Page, leadsBack: boolean): Promise<void> {
  await page.getByRole('heading', { name: '微信支付' }).waitFor();
  expect(await page.locator('.sum').textContent()).toContain('10.00');
  await page.getByRole('button', { name: '立即支付' }).click();
  if (!leadsBack) await page.getByText('支付成功').waitFor();
}

/** The page of the payment says that it is paid, and leads to the receipt; the visit has its pass. */
export async function untilReceipt(
  { system }: Stage,
  { page, look, reservation }: { page: Page; look: Look; reservation: string },
): Promise<void> {
  const at = `${system.web}/reservations/${reservation}`;
  await until(async () => {
    await page.goto(`${at}/payment`);
    return page.getByText('已缴费 ¥10.00').isVisible();
  }, 'it is paid');
  await look('paid', page);
  await page.getByRole('link', { name: '缴费凭据' }).click();
  await page.getByRole('heading', { name: '缴费凭据' }).waitFor();
  await look('receipt', page);
  const detail = new ReservationPage(page);
  await until(async () => {
    await page.goto(at);
    return detail.passLink().isVisible();
  }, 'the pass');
}
