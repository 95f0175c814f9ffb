import { beforeAll, expect, it } from 'vitest';
import { examine } from './examine.ts';
import { chargesForVehicles, payAtCashier, untilDue, untilReceipt } from './payment-walk.ts';
import { openStage } from './stage.ts';
import { visibleText } from './words.ts';

const stage = openStage();
beforeAll(() => chargesForVehicles(stage.system));

it('a visitor with a vehicle goes from the form to the receipt, on a phone', async () => {
  const { page, visitor } = await stage.settled({ mobile: true });
  const reservation = await untilDue(stage, { page, visitor, look: examine });
  await page.getByRole('button', { name: '打开微信支付' }).click();
  const open = page.getByRole('link', { name: '打开微信支付' });
  await open.waitFor();
  await examine('order', page);
  await open.click();
  await payAtCashier(page, true);
  // No tap: the page follows by itself.
  await page.waitForURL(`${stage.system.web}/reservations/${reservation}/payment`);
  await untilReceipt(stage, { page, look: examine, reservation });

  const other = await stage.phone({ language: 'en' });
  await other.context().addCookies(await page.context().cookies(stage.system.web));
  for (const path of ['payment', 'payment/receipt']) {
    await other.goto(`${stage.system.web}/reservations/${reservation}/${path}?lang=en`);
    await examine(`${path}-en`, other);
    expect(await visibleText(other)).toMatch(/¥10\.00/);
  }
});
