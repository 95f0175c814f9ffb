import { beforeAll, expect, it } from 'vitest';
import { examine, pass } from './examine.ts';
import { chargesForVehicles, payAtCashier, untilDue, untilReceipt } from './payment-walk.ts';
import { readQrFrom } from './qr.ts';
import { openStage } from './stage.ts';

const stage = openStage();
beforeAll(() => chargesForVehicles(stage.system));

it('without JavaScript the vehicle’s fee is paid by a code that another phone reads', async () => {
  const { page, visitor } = await stage.settled({ javaScript: false, mobile: true });
  const reservation = await untilDue(stage, { page, visitor, look: pass });
  await page.getByRole('button', { name: '用另一部手机扫码支付' }).click();
  const code = page.getByRole('img', { name: '微信支付二维码' });
  await code.waitFor();
  const other = await stage.phone();
  const leadsTo = await readQrFrom(code);
  await other.goto(leadsTo);
  await payAtCashier(other, false);
  await page.getByRole('link', { name: '我已支付，刷新' }).click();
  await untilReceipt(stage, { page, look: pass, reservation });
});

it('a code that is paid on another phone leads on by itself', async () => {
  const { page, visitor } = await stage.settled();
  const reservation = await untilDue(stage, { page, visitor, look: examine });
  await page.getByRole('button', { name: '用另一部手机扫码支付' }).click();
  await page.getByRole('img', { name: '微信支付二维码' }).waitFor();
  await examine('order-code', page);
  const [order] = await stage.system.owner('payment_order').where({ reservation_id: reservation });
  const paid = await fetch(`${stage.system.sandbox}/inspect/pay/payments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ order: order.id, act: 'pay' }),
  });
  expect(paid.ok).toBe(true);
  // No tap: the page follows by itself.
  await page.waitForURL(`${stage.system.web}/reservations/${reservation}/payment`);
  await untilReceipt(stage, { page, look: examine, reservation });
});

it('a visitor without a phone pays the guard, who finds the vehicle by its plate', async () => {
  const { page, visitor } = await stage.settled();
  const reservation = await untilDue(stage, { page, visitor, look: pass });
  const guard = await stage.phone();
  const { url, pin } = stage.system.gates.south;
  await guard.goto(`${url}/login`);
  await guard.getByLabel('PIN 码').fill(pin);
  await guard.getByRole('button', { name: '登录闸机' }).click();
  await guard.getByRole('link', { name: '收费' }).click();
  await guard.getByLabel('车牌号').fill(visitor.plate.toLowerCase());
  await guard.getByRole('button', { name: '查询费用' }).click();
  await guard.getByText('¥10.00', { exact: true }).waitFor();
  await examine('gate-cash', guard);
  await guard.getByRole('button', { name: '已收现金 ¥10.00，登记' }).click();
  await guard.getByText('已登记 ¥10.00').waitFor();
  await examine('gate-cash-noted', guard);
  await untilReceipt(stage, { page, look: examine, reservation });
});
