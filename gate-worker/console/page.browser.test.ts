import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import type { Browser, Page } from 'playwright-core';
import QRCode from 'qrcode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityProblems, openBrowser, openDesk, openPhone, type Screen } from '../../e2e/browser.ts';
import { createLog } from '../../platform/log.ts';
import { aCampus } from '../../testing/campus.ts';
import { gateSettings, serve } from '../../testing/gates.ts';
import { testKeys } from '../../testing/keys.ts';
import { passesOf } from '../../testing/passes.ts';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { until } from '../../testing/until.ts';
import { feedRoutes } from '../../web/gates/routes.ts';
import { type RunningGate, startGate } from '../start.ts';

/** The gate's page in Chromium, with a film of a pass before its camera. */

let database: TestDatabase;
let keys: Awaited<ReturnType<typeof testKeys>>;
let passes: ReturnType<typeof passesOf>;
let campus: string;
let web: { url: string; close(): Promise<void> };
let gate: RunningGate;
let browser: Browser;
const folder = mkdtempSync(join(tmpdir(), 'xiaomen-film-'));
const film = join(folder, 'pass.y4m');

beforeAll(async () => {
  [database, keys] = await Promise.all([freshDatabase(), testKeys(['south'])]);
  passes = passesOf(keys);
  campus = (await aCampus(database.owner, keys.folders.gates)).id;
  web = await serve(express().use(feedRoutes({ db: database.db, keys: keys.web, log: createLog('test', 'silent') })));
  gate = await startGate(
    await gateSettings({ id: 'south', keys: keys.folders.gates.south?.folder ?? '', feed: web.url }),
  );
  await until(async () => (await fetch(`${gate.opsUrl}/readyz`)).ok, 'the gate knows its place');
  browser = await openBrowser([
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-video-capture=${film}`,
  ]);
});
afterAll(async () => {
  await browser?.close();
  await gate?.stop();
  await web?.close();
  await database?.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function issue() {
  const pass = await passes.issue(database.db, campus, { plate: '京A12345' });
  const told = async () => (await database.db('gate_contact').first()).pulled_through;
  await until(async () => (await told()) >= (await database.db('gate').first()).feed_position, 'the gate was told');
  return pass;
}

async function signIn(page: Page): Promise<void> {
  await page.goto(gate.url);
  await page.getByLabel('PIN 码').fill(keys.folders.gates.south?.pin ?? '');
  await page.getByRole('button', { name: '登录闸机' }).click();
  await page.getByRole('heading', { name: '通行核验' }).waitFor();
  // The heading is there before the script: a form sent in between goes the way of a browser without one.
  await page.waitForLoadState('load');
}

async function withScreen(open: Promise<Screen>, act: (page: Page) => Promise<void>): Promise<void> {
  const screen = await open;
  const faults: string[] = [];
  screen.page.on('pageerror', (error) => faults.push(error.message));
  screen.page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  try {
    await act(screen.page);
    expect(faults).toEqual([]);
  } finally {
    await screen.close();
  }
}

const reason = (page: Page) => page.locator('#answer [data-reason]').getAttribute('data-reason');

test('a keyboard-like scanner types a pass and Enter, and the field is ready for the next', async () => {
  await withScreen(openDesk(browser), async (page) => {
    await signIn(page);
    for (let count = 0; count < 2; count += 1) {
      await page.keyboard.type(passes.qr(await issue()));
      await page.keyboard.press('Enter');
      await until(
        () =>
          page
            .locator('#credential')
            .inputValue()
            .then((value) => value === ''),
        'the field is empty',
      );
      expect(await reason(page)).toBe('ok');
      expect(await page.locator(':focus').getAttribute('id')).toBe('credential');
    }
    expect(await page.locator('.party').textContent()).toBe('张*三 · 京A**345');
  });
});

test('a gate code leads the guard to the document, and then opens', async () => {
  await withScreen(openPhone(browser), async (page) => {
    await signIn(page);
    await page.getByLabel('二维码、车牌号或入校码').fill((await issue()).code);
    await page.keyboard.press('Enter');
    await page.locator('[data-reason=id_required]').waitFor();
    expect(await page.locator(':focus').getAttribute('id')).toBe('document');
    await page.keyboard.type('01904X');
    await page.keyboard.press('Enter');
    await page.locator('[data-reason=ok]').waitFor();
  });
});

test('the camera reads a pass from a phone', async () => {
  const pass = await issue();
  writeFileSync(film, filmOf(passes.qr(pass)));
  await withScreen(openPhone(browser), async (page) => {
    await signIn(page);
    await page.getByRole('button', { name: '打开摄像头扫码' }).click();
    await page.locator('[data-reason=ok]').waitFor();
    expect(await page.locator('.verdict').textContent()).toContain('放行');
    await page.getByRole('button', { name: '关闭摄像头' }).click();
    await page.locator('video').waitFor({ state: 'hidden' });
  });
});

test('the same journey with JavaScript off', async () => {
  await withScreen(openPhone(browser, { javaScript: false }), async (page) => {
    await signIn(page);
    await page.getByLabel('二维码、车牌号或入校码').fill(passes.qr(await issue()));
    await page.getByRole('button', { name: '核验' }).click();
    await page.locator('[data-reason=ok]').waitFor();
  });
});

test('a gate that is gone is told, and the pass is not lost', async () => {
  const screen = await openPhone(browser);
  const { page } = screen;
  await signIn(page);
  await page.route('**/scans', (route) => route.abort());
  await page.getByLabel('二维码、车牌号或入校码').fill(passes.qr(await issue()));
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: '没有收到闸机的回答' }).waitFor();
  await page.unroute('**/scans');
  await page.getByRole('button', { name: '核验' }).click();
  await page.locator('[data-reason=ok]').waitFor();
  expect(await page.getByRole('alert').isVisible()).toBe(false);
  await screen.close();
});

describe('everybody can use it: axe finds nothing', () => {
  test.each(['zh-CN', 'en'] as const)('in %s', async (language) => {
    const { page, close } = await openPhone(browser);
    await page.goto(`${gate.url}/login?lang=${language}`);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.locator('#secret').fill('wrong');
    await page.keyboard.press('Enter');
    await page.locator('.fault').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.locator('#secret').fill(keys.folders.gates.south?.pin ?? '');
    await page.keyboard.press('Enter');
    await page.locator('#scan').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    for (const text of [passes.qr(passes.make()), 'nothing']) {
      await page.locator('#credential').fill(text);
      await page.keyboard.press('Enter');
      await page.locator(text === 'nothing' ? '.is-shut' : '.is-open').waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
    }
    await page.goto(`${gate.url}/cash`);
    expect(await accessibilityProblems(page)).toEqual([]);
    // This web takes no cash: for the gate it is away.
    await page.locator('#plate').fill('京A12345');
    await page.keyboard.press('Enter');
    await page.locator('.fault').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await close();
  });
});

/** One second of a QR code in the middle of a white picture, as raw film (YUV4MPEG2). */
function filmOf(text: string): Buffer {
  const [width, height, scale] = [640, 480, 6];
  const { modules } = QRCode.create([{ data: text, mode: 'alphanumeric' }], { errorCorrectionLevel: 'L' });
  const luma = Buffer.alloc(width * height, 235);
  const [left, top] = [(width - modules.size * scale) >> 1, (height - modules.size * scale) >> 1];
  for (let y = 0; y < modules.size * scale; y += 1) {
    for (let x = 0; x < modules.size * scale; x += 1) {
      const dark = modules.get(Math.floor(y / scale), Math.floor(x / scale));
      if (dark) luma[(top + y) * width + left + x] = 16;
    }
  }
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, Buffer.alloc((width * height) / 2, 128)]);
  return Buffer.concat([
    Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`),
    ...Array(10).fill(frame),
  ]);
}
