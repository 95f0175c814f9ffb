import { load } from 'cheerio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type System, startSystem } from '../../testing/system.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

/** Where a page stands, and what is left of it. */

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'web'] });
});
afterAll(() => system?.stop());

const placesOf = (html: string) =>
  load(html)('.head__lang [name=return]')
    .map((_, one) => load(html)(one).attr('value'))
    .get();

test('language and care mode on the answer to a form lead to the page of the form', async () => {
  const visitor = new VisitorBrowser(system);
  const asked = await visitor.post('/register/code', { phone: '139 0000', return: '/reservations' }).expect(422);
  expect(placesOf(asked.text)).toEqual(Array(2).fill('/register?return=%2Freservations'));

  await visitor.settle();
  const html = (await visitor.agent.get('/profile').expect(200)).text;
  const $ = load(html);
  const form = $('main form[method=post]').first();
  const refused = await visitor.agent
    .post(String(form.attr('action')))
    .set('Referer', `${system.web}/profile`)
    .type('form')
    .send({ ...Object.fromEntries(new URLSearchParams(form.serialize())), name: '3' })
    .expect(422);
  expect(placesOf(refused.text)).toEqual(['/profile', '/profile']);
  for (const place of placesOf(refused.text)) await visitor.agent.get(place).expect(200);
});

test('an answer whose page nobody names leads home, never to the address of a form or of somebody else', async () => {
  const visitor = new VisitorBrowser(system);
  const nowhere = await visitor.agent
    .post('/nothing/here')
    .set('Referer', 'https://elsewhere.example/x')
    .set('Origin', system.web)
    .type('form')
    .send({})
    .expect(404);
  expect(placesOf(nowhere.text)).toEqual(['/', '/']);
});

test('pages that a browser kept go when somebody signs out', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const left = await visitor.post('/sign-out').expect(303);
  expect(left.headers['clear-site-data']).toBe('"cache"');
});
