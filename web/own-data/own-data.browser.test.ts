import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, openPhone } from '../../e2e/browser.ts';
import { examine } from '../../e2e/examine.ts';
import { currentNotice } from '../../store/content/notice.ts';
import { giveConsent } from '../../store/people/consent.ts';
import { aWaitingTask, somebody } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { newestCode, VisitorBrowser } from '../../testing/visitor-browser.ts';

let system: System;
let browser: Browser;
beforeAll(async () => {
  [system, browser] = await Promise.all([startSystem({ start: ['sandbox', 'web', 'worker'] }), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

it('a visitor reads what is kept, takes a consent back, and deletes the account, on a phone in both languages', async () => {
  const { task, reservation, visitor } = await aWaitingTask(system);
  const notice = await currentNotice(system.db, 'face');
  await giveConsent(system.db, { visitor, notice, purpose: 'face', channel: 'wechat' });
  await (await staffBrowser(system.web, 'approver')).get(`/inbox/${task}`).expect(200);
  await system
    .owner('reservation')
    .where({ id: reservation })
    .update({ stage: 'closed', outcome: 'completed', closed_at: new Date() });
  const session = new VisitorBrowser(system, { phone: somebody.phone });
  await session.register();
  const { page, context, close } = await openPhone(browser);
  const cookies = await session.agent.jar.getCookies({ domain: '127.0.0.1', path: '/', secure: false, script: false });
  await context.addCookies(cookies.map(({ name, value }) => ({ name, value, url: system.web })));

  for (const language of ['en', 'zh-CN']) {
    for (const path of ['/my-data', '/my-data/export', '/my-data/erasure']) {
      await page.goto(`${system.web}${path}?lang=${language}`);
      await examine(path, page);
    }
  }
  await page.goto(`${system.web}/my-data?lang=zh-CN`);
  await page.getByText('撤回同意 使用人脸照片').click();
  await page.getByText('人脸照片立即删除').waitFor();
  await page.getByRole('button', { name: '确认撤回' }).filter({ visible: true }).click();
  await page.getByText('已撤回，人脸照片已删除。').waitFor();
  await examine('withdrawn', page);

  await page.goto(`${system.web}/my-data/erasure`);
  await system.owner('attempt').where({ kind: 'code_phone' }).delete();
  await page.getByRole('button', { name: '获取验证码' }).click();
  await page.getByText('验证码已发送').waitFor();
  await page.getByLabel('验证码').fill(await newestCode(system, somebody.phone));
  await page.getByRole('button', { name: '注销账号' }).click();
  await page.getByText('请先勾选').waitFor();
  await examine('erasure refused', page);
  await page.getByRole('checkbox').check();
  await page.getByLabel('验证码').fill(await newestCode(system, somebody.phone));
  await page.getByRole('button', { name: '注销账号' }).click();
  await page.waitForURL(/\/erasures\//);
  expect(await page.getByRole('status').textContent()).toContain('签名有效');
  await examine('proof', page);
  await close();
});
