import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { getEngine } from '../bin/embedded/get-engine.ts';
import { workingBrowser } from '../bin/testing/browser.ts';
import { dayOf } from '../domain/time.ts';
import { languages } from '../platform/i18n.ts';
import { aVisitor, somebody } from '../testing/reservations.ts';
import { ownGround } from '../testing/system/ground.ts';
import { startSystem } from '../testing/system.ts';
import { type PageResult, reportOf } from './accessibility/report.ts';
import { accessibilityResults, openBrowser } from './browser.ts';
import { type Dress, screensOf } from './every-page/screens.ts';
import { lookAt } from './every-page/table.ts';
import { backAfterLong, buildWorld, withPassword } from './every-page/world.ts';

/**
 * npm run accessibility: goes to every page as its own person meets it, on a phone, in both languages and in every dress,
 * asks axe, and writes docs/duties/accessibility.md anew after each dress. `-- 1 4` takes the first and the fourth of the six
 * dresses alone. It ends with 1 where axe found something wrong.
 */
process.env.TEMPORAL_CLI = await getEngine();
process.env.XIAOMEN_BROWSER = await workingBrowser();

const kinds: [string, Dress][] = [
  ['as it comes', {}],
  ['in the dark', { dark: true }],
  ['with large type', { care: true }],
];
const all = kinds.flatMap(([words, dress]) =>
  languages.map((language): [string, Dress] => [`${language}, ${words}`, { ...dress, language }]),
);
/** Left out: every one. */
const wanted = process.argv.slice(2).map(Number);
const dresses = wanted.length > 0 ? all.filter((_, nth) => wanted.includes(nth + 1)) : all;
const system = await startSystem({ ground: await ownGround(), start: ['sandbox', 'worker', 'web'] });
const browser = await openBrowser();
const results: PageResult[] = [];
try {
  const world = await buildWorld(system);
  for (const [nth, [words, dress]] of dresses.entries()) {
    // Both wait for ten minutes only.
    const phone = `139000072${String(nth).padStart(2, '0')}`;
    await aVisitor(system, { ...somebody, phone });
    world.people.idle = await backAfterLong(system, phone);
    world.people.halfway = await withPassword(system.web);
    const screens = screensOf(system, world, browser, dress);
    for (const [pattern, looks] of Object.entries(lookAt(world))) {
      for (const { as, path } of looks.filter(({ kind }) => kind === 'page')) {
        const page = await screens.of(as);
        await page.goto(system.web + path);
        results.push({ page: `${as} ${pattern} (${words})`, rules: await accessibilityResults(page) });
      }
    }
    await screens.close();
    write(dresses.slice(0, nth + 1).map(([done]) => done));
    console.log(`${words}: ${results.length} drawings so far`);
  }
} finally {
  await browser.close();
  await system.stop();
}
const wrong = results.filter(({ rules }) => rules.some(({ result }) => result === 'violation')).length;
console.log(`${results.length} drawings, ${wrong} of them with something wrong.`);
process.exit(wrong > 0 ? 1 : 0);

function write(done: string[]): void {
  const axe = JSON.parse(readFileSync(new URL('../node_modules/axe-core/package.json', import.meta.url), 'utf8'));
  const of = { date: dayOf(new Date()), dresses: done, axe: axe.version };
  writeFileSync(fileURLToPath(new URL('../docs/duties/accessibility.md', import.meta.url)), reportOf(results, of));
}
