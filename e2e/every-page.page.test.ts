import { gzipSync } from 'node:zlib';
import { load } from 'cheerio';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { languages } from '../platform/i18n.ts';
import { getPatterns, getRoutes } from '../testing/declared-routes.ts';
import { idleWeb } from '../testing/idle-web.ts';
import { type System, startSystem } from '../testing/system.ts';
import { formsOn } from './every-form/sending.ts';
import { elsewhere, entries } from './every-form/table.ts';
import { findingsIn } from './every-page/findings.ts';
import type { Look } from './every-page/look.ts';
import { lookAt, machines } from './every-page/table.ts';
import { buildWorld, type World } from './every-page/world.ts';

/** Every address that answers a GET, in both languages: a new route is found here before somebody else finds it. */

let system: System;
let world: World;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  world = await buildWorld(system);
});
afterAll(() => system?.stop());

/** Pages that may weigh more, each with its reason. */
const heavier: Record<string, string> = {};
const budget = { html: 10, piece: 4, css: 12, scripts: 16, firstVisit: 45 };

const ask = ({ as, path, kind }: Look, language: string) => {
  const asked = world.people[as].get(path).set('Accept-Language', language).redirects(0);
  return kind === 'piece' ? asked.set('HX-Request', 'true') : asked;
};

test('the table knows every route that answers a GET, and no other', async () => {
  const routes = getPatterns(await idleWeb()).filter((one) => !machines.some((machine) => one.startsWith(machine)));
  expect(routes.length).toBeGreaterThan(40);
  expect(Object.keys(lookAt(world)).toSorted()).toEqual(routes);
});

/** Every form that was shown, by the route that takes it. */
const forms = new Set<string>();

describe.each(languages)('in %s', (language) => {
  test('every page answers, and shows nothing that nobody wrote', async () => {
    const wrong: string[] = [];
    const routes = getRoutes(await idleWeb());
    for (const look of Object.values(lookAt(world)).flat()) {
      const answer = await ask(look, language);
      const where = `${look.as} ${look.path}`;
      const wanted = look.status ?? (look.kind === 'onward' ? 303 : 200);
      if (answer.status !== wanted && !(look.to === 'http' && answer.status === 302)) {
        wrong.push(`${where}: ${answer.status}`);
      } else if (look.kind === 'onward') {
        if (!String(answer.headers.location).startsWith(look.to ?? ''))
          wrong.push(`${where} → ${answer.headers.location}`);
      } else if (look.kind !== 'file') {
        for (const { key } of formsOn(routes, look.path, answer.text)) forms.add(key);
        wrong.push(...findingsIn(answer.text, language, world.typed).map((one) => `${where}: ${one}`));
      }
    }
    expect(wrong).toEqual([]);
  });

  test('every page and every part of one stays within its weight', async () => {
    const wrong: string[] = [];
    for (const look of Object.values(lookAt(world)).flat()) {
      if (look.kind === 'piece') {
        const weight = gzipSync((await ask(look, language)).text).length / 1024;
        if (weight > budget.piece) wrong.push(`${look.path}: ${weight.toFixed(1)} kB`);
      }
      if (look.kind !== 'page' || look.path in heavier) continue;
      const weight = await weigh((await ask(look, language)).text);
      for (const part of ['html', 'css', 'scripts', 'firstVisit'] as const) {
        if (weight[part] > budget[part]) wrong.push(`${look.path}: ${part} ${weight[part].toFixed(1)} kB`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

test('every form that was shown, and every address that takes one, is among those that are sent without scripts', async () => {
  expect(forms.size).toBeGreaterThan(80);
  expect([...forms].filter((key) => !(key in entries))).toEqual([]);
  const taking = getRoutes(await idleWeb()).flatMap(({ method, path }) => (method === 'post' ? [path] : []));
  const isSent = (path: string) => `post ${path}` in entries;
  expect(taking.filter((path) => !/[*{]/.test(path) && !isSent(path) && !(path in elsewhere))).toEqual([]);
  expect(Object.keys(elsewhere).filter((path) => !taking.includes(path) || isSent(path))).toEqual([]);
});

/** In kB as they travel; the first visit brings the page with all that it names. */
async function weigh(html: string) {
  const $ = load(html);
  const of = (selector: string, attribute: string) => [
    ...new Set(
      $(selector)
        .map((_, one) => $(one).attr(attribute))
        .get(),
    ),
  ];
  const sum = async (paths: string[]) => (await Promise.all(paths.map(weightOf))).reduce((all, one) => all + one, 0);
  const [page, css, scripts, icons] = [
    gzipSync(html).length / 1024,
    await sum(of('link[rel=stylesheet]', 'href')),
    await sum(of('script[src]', 'src')),
    await sum([...new Set([...of('link[rel=icon]', 'href'), ...of('img[src^="/logo"]', 'src')])]),
  ];
  return { html: page, css, scripts, firstVisit: page + css + scripts + icons };
}

const weights = new Map<string, Promise<number>>();
function weightOf(path: string): Promise<number> {
  const known =
    weights.get(path) ??
    supertest(system.web)
      .get(path)
      .set('Accept-Encoding', 'identity')
      .buffer(true)
      .parse(bytes)
      .expect(200)
      .then(({ body }) => gzipSync(body).length / 1024);
  weights.set(path, known);
  return known;
}

type Parser = Parameters<supertest.Test['parse']>[0];
const bytes: Parser = (res, done) => {
  const parts: Buffer[] = [];
  const stream = res as unknown as NodeJS.ReadableStream;
  stream.on('data', (part: Buffer) => parts.push(part));
  stream.on('end', () => done(null, Buffer.concat(parts)));
};
