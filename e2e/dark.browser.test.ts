import { expect, it } from 'vitest';
import { examine } from './examine.ts';
import { PassPage, ReservationPage } from './pages/visitor.ts';
import { readQrFrom } from './qr.ts';
import { long, openStage, visitOf } from './stage.ts';
import { becomeVisitor, decide, reserve } from './walk.ts';

const stage = openStage();

it('on a phone set to dark colours every page can be read too', async () => {
  const { system } = stage;
  const visitor = stage.newVisitor();
  const page = await stage.phone({ dark: true });
  const walk = { system, page, visitor, look: examine };
  await becomeVisitor(walk);
  await reserve(walk, visitOf(long));
  await decide({ system, page: await stage.desk({ dark: true }), look: examine }, visitor);
  await new ReservationPage(page).passLink().click();
  await new PassPage(page).qr().waitFor();
  await examine('pass', page);
  expect(await readQrFrom(new PassPage(page).qr())).toMatch(/^XM1:/);
});

it('notices can be read by anybody', async () => {
  const page = await stage.phone();
  for (const path of ['/notice', '/privacy', '/notices/terms/1', '/notices/filling/1', '/nowhere']) {
    await page.goto(stage.system.web + path);
    await examine(path, page);
  }
});
