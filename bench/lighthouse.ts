import lighthouse from 'lighthouse';
import { freePort } from '../bin/embedded/ports.ts';
import { openBrowser } from '../e2e/browser.ts';
import { type Figure, round } from './figure.ts';
import { createJourney } from './journey.ts';
import type { Person } from './people.ts';
import type { Product } from './product.ts';

const categories = ['performance', 'accessibility', 'best-practices'] as const;
type Category = (typeof categories)[number];
const nameOf = (category: Category): string => `lighthouse_${category.replace('-', '_')}`;

export const lighthouseFigures = categories.map(nameOf);

const runs = 3;
/** Lighthouse means its slowdown of four for a desktop of this benchmark index, to make a phone of the middle of it. */
const desktop = { index: 1_500, slowdown: 4 };

/**
 * Lighthouse's mobile scores of home, form and pass, as a signed-in visitor sees them: its usual simulated slow 4G, and a
 * processor slowed down to that of a phone. Each score is the median of three runs, each figure the worst page; what cost
 * points is beside it.
 */
export async function measureLighthouse(product: Product): Promise<Figure[]> {
  const journey = await createJourney(product);
  const { visitor, path } = await journey.passOf(new Date(Date.now() + 2 * 3600_000));
  journey.close();
  const port = await freePort();
  const browser = await openBrowser([`--remote-debugging-port=${port}`]);
  const pages = { home: '/', form: '/reservations/new?channel=personal', pass: path };
  const seen: Record<Category, Record<string, number | string>> = {
    performance: {},
    accessibility: {},
    'best-practices': {},
  };
  try {
    // Not counted: it warms the browser up, and says how quick this machine is just now.
    const { index } = await look(product.web, visitor, { port, slowdown: desktop.slowdown });
    const slowdown = Math.min(desktop.slowdown, Math.max(1, (index / desktop.index) * desktop.slowdown));
    for (const [page, at] of Object.entries(pages)) {
      const looks: Look[] = [];
      for (let run = 0; run < runs; run += 1) looks.push(await look(product.web + at, visitor, { port, slowdown }));
      for (const category of categories) {
        const { score, lost } =
          looks.map((one) => one[category]).toSorted((one, two) => one.score - two.score)[1] ?? none;
        seen[category][page] = score;
        if (lost.length > 0) seen[category][`${page}_lost`] = lost.join(', ');
      }
    }
    seen.performance.benchmark_index = Math.round(index);
    seen.performance.slowdown = round(slowdown);
  } finally {
    await browser.close();
  }
  return categories.map((category) => ({
    name: nameOf(category),
    value: Math.min(...Object.keys(pages).map((page) => Number(seen[category][page]))),
    unit: 'of 1, the worst page',
    target: { atLeast: 0.95 },
    seen: seen[category],
  }));
}

interface Scored {
  score: number;
  lost: string[];
}
const none: Scored = { score: 0, lost: [] };
type Result = NonNullable<Awaited<ReturnType<typeof lighthouse>>>['lhr'];
type Look = Record<Category, Scored> & { index: number };

/** The score of each category, and the audits that lowered it. */
async function look(url: string, { headers }: Person, on: { port: number; slowdown: number }): Promise<Look> {
  const lhr = await resultOf(url, {
    port: on.port,
    output: 'json',
    logLevel: 'error',
    onlyCategories: [...categories],
    throttling: { cpuSlowdownMultiplier: on.slowdown },
    extraHeaders: { Cookie: headers.cookie ?? '', 'Accept-Language': 'zh-CN' },
  });
  // A person who is not signed in is led elsewhere.
  if (new URL(lhr.finalDisplayedUrl).pathname !== new URL(url).pathname)
    throw new Error(`${url} led to ${lhr.finalDisplayedUrl}`);
  const scored = (category: Category): Scored => {
    const { score, auditRefs } = lhr.categories[category] ?? { score: 0, auditRefs: [] };
    const lost = auditRefs
      .filter(({ id, weight }) => weight > 0 && (lhr.audits[id]?.score ?? 1) < 0.9)
      .map(({ id }) => `${id} ${lhr.audits[id]?.displayValue ?? ''}`.trim());
    return { score: score ?? 0, lost };
  };
  return {
    performance: scored('performance'),
    accessibility: scored('accessibility'),
    'best-practices': scored('best-practices'),
    index: lhr.environment.benchmarkIndex,
  };
}

/** At times the browser's trace lacks its beginning; "please run Lighthouse again", it says then. */
async function resultOf(url: string, flags: Parameters<typeof lighthouse>[1], tries = 3): Promise<Result> {
  const { lhr } = (await lighthouse(url, flags)) ?? {};
  if (lhr && !lhr.runtimeError) return lhr;
  if (tries > 1) return resultOf(url, flags, tries - 1);
  throw new Error(`Lighthouse could not look at ${url}: ${lhr?.runtimeError?.message}`);
}
