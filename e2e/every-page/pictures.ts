import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import type { System } from '../../testing/system.ts';
import { type Album, albumOf } from './album.ts';
import { chineseCast } from './cast.ts';
import type { Look } from './look.ts';
import { type Dress, screensOf } from './screens.ts';
import { lookAt } from './table.ts';
import { buildWorld, type World } from './world.ts';

/** A picture of every page that there is, as its own person meets it, and an album that shows them. */

export const folder = fileURLToPath(new URL('../../docs/screens/pages/', import.meta.url));
/** In CSS pixels; the part below is left out. */
const tallest = 1400;
/** Of a file, in pixels. */
const wide = { phone: 390, desk: 960 };

const isStaff = ({ path }: Look) => /^\/(staff|inbox|security|admin)/.test(path);

/** Patterns whose pages differ in words only: so many are shown. */
const enough: Record<string, number> = { '/admin/reservations/:id': 4, '/admin/content/notices/:kind': 1 };

/** Shown once more in every dress. */
const dressed = ['/', '/register', '/profile', '/reservations/new', '/reservations/:id', '/passes/:id', '/companions'];
const dresses: Record<string, Dress> = { en: { language: 'en' }, care: { care: true }, dark: { dark: true } };

export async function takePages(system: System, browser: Browser): Promise<void> {
  const world = await buildWorld(system, chineseCast);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const all = Object.entries(lookAt(world)).flatMap(([pattern, looks]) =>
    looks
      .filter(({ kind }) => kind === 'page')
      .slice(0, enough[pattern])
      .map((look, nth) => ({ pattern, look, name: nameOf(pattern, nth) })),
  );
  const once = all.filter(({ pattern, name }) => dressed.includes(pattern) && name === nameOf(pattern, 0));
  const album: Album = [];
  album.push(
    ...(await takeIn(
      { system, world, browser },
      {},
      all.filter(({ look }) => !isStaff(look)),
    )),
  );
  album.push(
    ...(await takeIn(
      { system, world, browser },
      { desk: true },
      all.filter(({ look }) => isStaff(look)),
    )),
  );
  for (const [name, dress] of Object.entries(dresses)) {
    const again = once.map((one) => ({ ...one, name: `${one.name}.${name}`, dress: name }));
    album.push(...(await takeIn({ system, world, browser }, dress, again)));
  }
  writeFileSync(join(folder, 'README.md'), albumOf(album));
}

/** `/reservations/:id` → `reservations-id`, the second look at it `reservations-id-2`. */
export function nameOf(pattern: string, nth: number): string {
  const plain = pattern.replaceAll(/[/:.]+/g, '-').replace(/^-/, '') || 'home';
  return nth === 0 ? plain : `${plain}-${nth + 1}`;
}

interface Shot {
  pattern: string;
  look: Look;
  name: string;
  dress?: string;
}

async function takeIn(
  { system, world, browser }: { system: System; world: World; browser: Browser },
  dress: Dress,
  shots: Shot[],
): Promise<Album> {
  const screens = screensOf(system, world, browser, { ...dress, moving: true });
  const album: Album = [];
  try {
    for (const { look, name, ...shot } of shots) {
      const page = await screens.of(look.as);
      await page.goto(system.web + look.path);
      await take(page, name, dress.desk ? wide.desk : wide.phone);
      album.push({ ...shot, name, as: look.as, title: (await page.title()).split(' · ')[0] ?? '', desk: dress.desk });
    }
  } finally {
    await screens.close();
  }
  return album;
}

/** List and task of the inbox scroll each by itself: the window grows until the longer one need not. */
async function showWhole(page: Page): Promise<void> {
  const size = page.viewportSize();
  const hidden = await page.evaluate<number>(
    `Math.max(0, ...[...document.querySelectorAll('.desk > *')].map((one) => one.scrollHeight - one.clientHeight))`,
  );
  if (size && hidden > 0) await page.setViewportSize({ ...size, height: Math.min(size.height + hidden, tallest) });
}

async function take(page: Page, name: string, width: number): Promise<void> {
  await page.evaluate('document.fonts.ready');
  const window = page.viewportSize();
  await showWhole(page);
  const height = Math.min(await page.evaluate<number>('document.documentElement.scrollHeight'), tallest);
  const clip = { x: 0, y: 0, width: page.viewportSize()?.width ?? 390, height };
  const shot = await page.screenshot({ fullPage: true, clip, animations: 'allow', caret: 'hide' });
  // Few colours without loss: half of what a lossy picture with readable letters takes.
  const few = await sharp(shot).resize({ width }).png({ palette: true, colours: 16, dither: 0 }).toBuffer();
  await sharp(few)
    .webp({ lossless: true, effort: 6 })
    .toFile(join(folder, `${name}.webp`));
  if (window) await page.setViewportSize(window);
  console.log(`docs/screens/pages/${name}.webp`);
}
