import { expect, it } from 'vitest';
import { until } from '../testing/until.ts';
import { examine, pass } from './examine.ts';
import { PassPage } from './pages/pass.ts';
import { ReservationPage } from './pages/reservation.ts';
import { readQrFrom } from './qr.ts';
import { scan } from './scanner.ts';
import { long, openStage, visitOf } from './stage.ts';
import { becomeVisitor, decide, reserve } from './walk.ts';
import { expectWords, visibleText } from './words.ts';

const stage = openStage();

it('without JavaScript the whole way works, page by page', async () => {
  const visitor = stage.newVisitor();
  const page = await stage.phone({ javaScript: false });
  const walk = { system: stage.system, page, visitor, look: pass };
  await becomeVisitor(walk);
  const reservation = await reserve(walk, visitOf(long));
  await decide({ system: stage.system, page: await stage.desk({ javaScript: false }), look: pass }, visitor);
  const detail = new ReservationPage(page);
  await until(async () => {
    await page.goto(`${stage.system.web}/reservations/${reservation}`);
    return detail.passLink().isVisible();
  }, 'the pass');
  await detail.passLink().click();
  const value = await readQrFrom(new PassPage(page).qr());
  await until(async () => (await scan(stage.system.gates.south, { kind: 'qr', value })).open, 'the gate opens');
  await until(async () => {
    await page.goto(`${stage.system.web}/reservations/${reservation}`);
    return detail.timeline().filter({ hasText: '已入校' }).isVisible();
  }, 'the entry');
});

it('a visitor who reads English is spoken to in English and can change to Chinese', async () => {
  const page = await stage.phone({ language: 'en' });
  await page.goto(`${stage.system.web}/register`);
  await examine('register-en', page);
  await expectWords(page, ['Hebei University of Science and Technology']);
  expect(await visibleText(page)).not.toMatch(/[\u4e00-\u9fff](?<!中文)(?!文)/);
  await page.getByRole('button', { name: '中文' }).click();
  await expectWords(page, ['手机号', '获取验证码']);
});
