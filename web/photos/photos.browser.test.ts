import sharp from 'sharp';
import { expect, it } from 'vitest';
import { examine } from '../../e2e/examine.ts';
import { openStage } from '../../e2e/stage.ts';
import { agreeToNotice, completeProfile, provePhone } from '../../e2e/walk.ts';
import { noise } from '../../testing/photographs.ts';

const stage = openStage();

it('a visitor fills in what each document asks, and gives a photo that the phone makes small', async () => {
  const { system } = stage;
  const page = await stage.phone();
  const walk = { system, page, visitor: stage.newVisitor(), look: examine };
  await provePhone(walk);
  await agreeToNotice(walk);
  const kind = page.getByRole('combobox', { name: '证件类型' });
  await page.getByText('居民身份证，18 位').waitFor();
  await kind.selectOption({ label: '护照' });
  await page.getByText(/^护照资料页/).waitFor();
  await page.getByRole('combobox', { name: '国籍' }).selectOption({ label: '中国' });
  await page.getByRole('radio', { name: '女' }).waitFor();
  await examine('profile-passport', page);
  await kind.selectOption({ label: '身份证' });
  await page.getByText('居民身份证，18 位').waitFor();
  await completeProfile(walk);

  await page.goto(`${system.web}/profile`);
  await page.getByText(/^上次核对/).waitFor();
  await examine('profile-again', page);
  await page.getByRole('button', { name: '添加证件照片' }).click();
  await page.waitForURL(/\/profile\/photos#document$/);
  await examine('photos', page);
  const large = await noise(2600, 1950);
  await page.locator('#file-document').setInputFiles({ name: 'IMG_1.jpg', mimeType: 'image/jpeg', buffer: large });
  await page.getByRole('region', { name: '证件照片' }).getByRole('status').waitFor();
  const file = 'document.getElementById("file-document").files[0]';
  expect(await page.evaluate(`${file}.type`)).toBe('image/jpeg');
  expect(await page.evaluate(`${file}.size`)).toBeLessThan(large.length * 0.6);
  expect(await page.evaluate(`createImageBitmap(${file}).then(({ width }) => width)`)).toBe(1600);
  await page.getByRole('button', { name: '上传', exact: true }).click();
  const photo = page.getByRole('img', { name: '当前的证件照片' });
  await photo.waitFor();
  await examine('photos-kept', page);
  const shown = await page.request.get(`${system.web}/profile/photos/document`);
  const { width, height, format } = await sharp(await shown.body()).metadata();
  expect([format, Math.round((width / height) * 300)]).toEqual(['jpeg', 400]);

  const plain = await stage.phone({ javaScript: false });
  await plain.context().addCookies(await page.context().cookies());
  await plain.goto(`${system.web}/profile/photos`);
  const face = {
    name: 'me.png',
    mimeType: 'image/png',
    buffer: await sharp(await noise(500, 700))
      .png()
      .toBuffer(),
  };
  await plain.locator('#file-face').setInputFiles(face);
  await plain.getByRole('button', { name: '同意并上传' }).click();
  await plain.getByRole('img', { name: '当前的人脸' }).waitFor();
  await plain.getByRole('button', { name: '撤回同意并删除' }).click();
  await plain.getByText('已撤回同意，人脸照片已删除。').waitFor();
});
