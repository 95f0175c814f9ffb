import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { noise } from '../testing/photographs.ts';
import { examine } from './examine.ts';
import { HomePage, ProfilePage } from './pages/visitor.ts';
import { openStage } from './stage.ts';

/** What belongs to 完善个人信息 and is kept for the next visit, on a phone. */

const stage = openStage();

async function atProfile() {
  const { visitor, page } = await stage.settled();
  await page.goto(`${stage.system.web}/profile`);
  await new ProfilePage(page).heading().waitFor();
  return { visitor, page };
}

it('several plates are kept, one of them usual', async () => {
  const { visitor, page } = await atProfile();
  await page.getByRole('button', { name: /管理车牌/ }).click();
  await page.getByRole('heading', { name: '我的车牌' }).waitFor();
  await page.getByRole('textbox', { name: '车牌号' }).fill('冀AD12345');
  await page.getByRole('button', { name: '添加车牌' }).click();
  await page.getByRole('button', { name: '把 冀AD12345 设为常用' }).click();
  await page.getByRole('button', { name: `把 ${visitor.plate} 设为常用` }).waitFor();
  await examine('plates', page);
  await page.getByRole('button', { name: `删除 ${visitor.plate}` }).click();
  await expect.poll(() => page.getByRole('listitem').count()).toBe(1);
  await page.goto(stage.system.web);
  await new HomePage(page).entry('个人访客通道').click();
  expect(await page.locator('[name=plate]').inputValue()).toBe('冀AD12345');
});

it('a photograph is chosen, made small on the phone, shown, and taken away; the face by an agreement of its own', async () => {
  const { page } = await atProfile();
  await page.getByRole('button', { name: '添加证件照片' }).click();
  await page.getByRole('heading', { name: '证件照片和人脸' }).waitFor();
  const large = await noise(1800, 2400);
  const choose = (kind: string) =>
    page.locator(`#file-${kind}`).setInputFiles({ name: 'photo.jpg', mimeType: 'image/jpeg', buffer: large });
  await choose('document');
  await page.getByText('照片已在本机缩小').waitFor();
  const document = page.getByRole('region', { name: '证件照片' });
  await document.getByRole('button', { name: '上传' }).click();
  await document.getByText('照片已保存').waitFor();
  expect(await shownPixels(page, '当前的证件照片')).toBeGreaterThan(0);
  await examine('photos', page);
  await document.getByRole('button', { name: '删除照片' }).click();
  await document.getByText('照片已删除').waitFor();

  const face = page.getByRole('region', { name: '人脸' });
  await face.getByText('二维码和身份证同样可以开门').waitFor();
  await choose('face');
  await face.getByRole('button', { name: '同意并上传' }).click();
  await face.getByText('照片已保存').waitFor();
  await face.getByRole('button', { name: '撤回同意并删除' }).click();
  await face.getByText('已撤回同意，人脸照片已删除').waitFor();
  expect(await face.getByRole('img').count()).toBe(0);
});

/** Of a picture that really arrived. */
const shownPixels = (page: Page, name: string): Promise<number> =>
  page.getByRole('img', { name }).evaluate((one) => (one as unknown as { naturalWidth: number }).naturalWidth);

it('the care version stays on until it is switched off, with larger type and targets', async () => {
  const { page } = await atProfile();
  const sizes = async () => {
    const button = page.getByRole('button', { name: '确认', exact: true });
    const type = await page
      .locator('label[for=field-name]')
      .evaluate((one) => Number.parseFloat((globalThis as unknown as View).getComputedStyle(one).fontSize));
    return { type, height: (await button.boundingBox())?.height ?? 0 };
  };
  const usual = await sizes();
  await page.getByRole('button', { name: '关怀版' }).click();
  await page.getByRole('button', { name: '标准版' }).waitFor();
  const care = await sizes();
  expect(care.height).toBeGreaterThanOrEqual(60);
  expect(care.type).toBeGreaterThan(usual.type * 1.2);
  await examine('profile-care', page);
  await page.goto(stage.system.web);
  await page.getByRole('button', { name: '标准版' }).click();
  await page.goto(`${stage.system.web}/profile`);
  await page.getByRole('button', { name: '关怀版' }).waitFor();
  expect(await sizes()).toEqual(usual);
});
interface View {
  getComputedStyle(of: object): { fontSize: string };
}
