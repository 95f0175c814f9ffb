import { it } from 'vitest';
import { until } from '../testing/until.ts';
import { examine, pass } from './examine.ts';
import { PassPage } from './pages/pass.ts';
import { readQrFrom } from './qr.ts';
import { SandboxPhones } from './sandbox-phone.ts';
import { scan } from './scanner.ts';
import { long, openStage, visitOf } from './stage.ts';
import { agreeToNotice, completeProfile, decide, openPassWithCode, provePhone, reserve } from './walk.ts';

const stage = openStage();

it('a visitor inside WeChat comes from the menu, binds the phone, and opens the pass from the message with its code', async () => {
  const visitor = stage.newVisitor();
  const phones = new SandboxPhones(stage.system.sandbox);
  const person = await phones.newWechatPerson(visitor.name);
  const page = await stage.phone({ wechat: true });
  await page.goto(`${stage.system.sandbox}/wechat/${encodeURIComponent(person.openid)}`);
  await examine('sandbox-wechat', page);
  await page.getByRole('link', { name: '访客预约' }).click();
  await page.waitForURL(/\/register/);
  const walk = { system: stage.system, page, visitor, look: examine };
  await provePhone(walk);
  await page.waitForURL(/\/wechat\/binding/);
  await page.getByText(`${visitor.phone.slice(0, 3)}****${visitor.phone.slice(-4)}`).waitFor();
  await examine('binding', page);
  await page.getByLabel('同意通过微信接收通知').check();
  await page.getByRole('button', { name: '绑定', exact: false }).first().click();
  await agreeToNotice(walk);
  await completeProfile(walk);
  await reserve(walk, visitOf(long));
  await decide({ system: stage.system, page: await stage.desk(), look: pass }, visitor);

  await page.goto(`${stage.system.sandbox}/wechat/${encodeURIComponent(person.openid)}`);
  await page.getByRole('heading', { name: '来访预约操作成功通知' }).waitFor();
  await examine('sandbox-message', page);
  const [message] = await phones.wechatMessages(person.openid);
  const code = message?.fields.map(({ value }) => value).find((value) => /^\d{6}$/.test(value)) ?? '';

  // A companion's phone, where nobody is signed in: the link and the code are enough.
  const other = await stage.phone();
  await other.goto(message?.url ?? '');
  await examine('pass-door', other);
  const shown = await openPassWithCode(other, { url: message?.url ?? '', code });
  await examine('pass', other);
  await until(
    async () => (await scan(stage.system.gates.east, { kind: 'qr', value: await readQrFrom(shown.qr()) })).open,
    'the gate opens',
  );
  // The owner needs no code.
  await page.getByRole('link', { name: '查看详情' }).first().click();
  await new PassPage(page).qr().waitFor();
});
