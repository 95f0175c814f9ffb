import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { getEngine } from '../bin/embedded/get-engine.ts';
import { workingBrowser } from '../bin/testing/browser.ts';
import { ensureChineseFont } from '../bin/testing/font.ts';
import { toLocalInput } from '../domain/time.ts';
import { ownGround } from '../testing/system/ground.ts';
import { type System, staffLogins, startSystem } from '../testing/system.ts';
import { openBrowser, openDesk, openPhone } from './browser.ts';
import { takePages } from './every-page/pictures.ts';
import { GatePage } from './pages/gate.ts';
import { PassPage } from './pages/pass.ts';
import { ReservationPage } from './pages/reservation.ts';
import { SandboxPhone } from './pages/sandbox.ts';
import { AdminReservations, StaffLogin } from './pages/staff.ts';
import { HomePage } from './pages/visitor.ts';
import type { Visitor } from './people.ts';
import { SandboxPhones } from './sandbox-phone.ts';
import { agreeToNotice, completeProfile, decide, department, provePhone, reserve } from './walk.ts';

/**
 * npm run screens: the pictures that README and docs show, taken on one walk of one visitor, then one of every page.
 * `npm run screens -- walk` or `-- pages` takes only these.
 */

const folder = fileURLToPath(new URL('../docs/screens/', import.meta.url));
const hour = 3600_000;
const today = { from: toLocalInput(Date.now() - 60_000), until: toLocalInput(Date.now() + 2 * hour) };
const visitor: Visitor = {
  name: '林小满',
  sex: '女',
  phone: '13800138000',
  documentType: '身份证',
  document: '110199200001019029',
  plate: '冀A12345',
  unit: '石家庄市第二实验中学',
};

process.env.TEMPORAL_CLI = await getEngine();
process.env.XIAOMEN_BROWSER = await workingBrowser();
await ensureChineseFont();
mkdirSync(folder, { recursive: true });
const only = process.argv[2];
if (only !== 'pages') await withSystem(takeWalk);
if (only !== 'walk') await withSystem(takePages);

/** A system of its own: what one leaves behind is not on the other's pages. */
async function withSystem(takeAll: (system: System, browser: Browser) => Promise<void>): Promise<void> {
  const system = await startSystem({ ground: await ownGround(), run: 'apart' });
  // The browser's own words, such as those of a date, are Chinese too.
  const browser = await openBrowser(['--lang=zh-CN']);
  try {
    await takeAll(system, browser);
  } finally {
    await browser.close();
    await system.stop();
  }
}

async function takeWalk(system: System, browser: Browser): Promise<void> {
  const { page } = await openPhone(browser, { wechat: true, moving: true });
  const phones = new SandboxPhones(system.sandbox);
  const person = await phones.newWechatPerson(visitor.name);
  const sandbox = new SandboxPhone(page);
  await sandbox.openWechat(system.sandbox, person.openid);
  await sandbox.menu().click();
  await page.waitForURL(/\/register/);
  const walk = { system, page, visitor, look };
  await provePhone(walk);
  await page.getByRole('button', { name: '绑定', exact: true }).waitFor();
  await take('binding', page);
  await page.getByLabel('同意通过微信接收通知').check();
  await page.getByRole('button', { name: '绑定', exact: true }).click();
  await agreeToNotice(walk);
  await completeProfile(walk);
  await take('home-empty', page);

  await reserve(walk, { department, host: '赵敏', reason: '学术交流', note: '带一箱展板', ...today });
  const desk = await openDesk(browser, { moving: true });
  await decide({ system, page: desk.page, look }, visitor);
  const detail = new ReservationPage(page);
  await detail.passLink().waitFor();
  await take('reservation-approved', page);

  await sandbox.openWechat(system.sandbox, person.openid);
  await sandbox.message('来访预约操作成功通知').waitFor();
  await take('phone', page);
  await sandbox.openTexts(system.sandbox, visitor.phone);
  await take('phone-texts', page);
  const home = new HomePage(page);
  await home.open(system.web);
  await take('home', page);
  await home.entry('我的凭证').click();
  const pass = new PassPage(page);
  await pass.qr().waitFor();
  await take('pass', page);
  const gateCode = await pass.gateCode().textContent();

  const gate = new GatePage((await openDesk(browser, { moving: true })).page);
  await gate.signIn(system.gates.south);
  await take('gate-waiting', gate.page);
  await gate.check(gateCode ?? '', visitor.document.slice(-6));
  await gate.answer().waitFor();
  await take('gate', gate.page);

  await home.open(system.web);
  await home.entry('我的预约').click();
  await take('reservations', page);
  await page.getByRole('link', { name: department }).click();
  await detail.timeline().filter({ hasText: '已入校' }).waitFor();
  await take('reservation', page);
  await takeAdmin(system, browser);
  await takeFailures(system, page);
}

async function takeAdmin(system: System, browser: Browser): Promise<void> {
  const { page } = await openDesk(browser, { moving: true });
  await new StaffLogin(page).signIn(system.web, staffLogins.admin);
  const list = new AdminReservations(page);
  await list.open(system.web);
  await take('admin', page);
  await list.openFound(visitor.name);
  await take('admin-reservation', page);
  await page.goto(`${system.web}/admin/faults`);
  await take('admin-faults', page);
}

async function takeFailures(system: System, page: Page): Promise<void> {
  await page.goto(`${system.web}/nowhere`);
  await take('not-found', page);
  await page.goto(`${system.web}/privacy`);
  await take('privacy', page);
}

/** What a walk meets under the names of its own pages; the fuller picture of a form is the one that is kept. */
async function look(name: string, page: Page): Promise<void> {
  const names: Record<string, string> = {
    register: 'register',
    'register-code-sent': 'register-code',
    consent: 'consent',
    'profile-filled': 'profile',
    'form-filled': 'form',
    reservation: 'reservation-waiting',
    inbox: 'inbox',
    'inbox-task': 'inbox-task',
    'inbox-decided': 'inbox-decided',
  };
  const kept = names[name];
  if (kept) await take(kept, page);
  if (name === 'form-filled') await take('form-visit', page, 480);
}

/** One screenful, as somebody sees it first, or so many pixels further down. */
async function take(name: string, page: Page, down = 0): Promise<void> {
  await page.evaluate(`document.activeElement?.blur(); window.scrollTo(0, ${down}); document.fonts.ready`);
  // Moving things keep moving: that a code grows old on the screen is an animation too.
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'allow', caret: 'hide' });
  console.log(`docs/screens/${name}.png`);
}
