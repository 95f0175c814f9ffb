import { setTimeout as wait } from 'node:timers/promises';
import { load } from 'cheerio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BlackHole, openBlackHole } from '../testing/black-hole.ts';
import { untilBlockedBy } from '../testing/blocked.ts';
import { sharedGround } from '../testing/system/ground.ts';
import { type System, startSystem } from '../testing/system.ts';
import { until } from '../testing/until.ts';
import { VisitorBrowser } from '../testing/visitor-browser.ts';

/** A database that does not answer, or not in time: the visitor gets a page, and on it what was typed. */

let system: System;
let way: BlackHole;
beforeAll(async () => {
  const ground = await sharedGround();
  const { hostname: host, port } = new URL(ground.url);
  way = await openBlackHole({ host, port: Number(port) });
  const env = { DATABASE_URL: way.through(ground.url) };
  system = await startSystem({ ground, env, start: ['sandbox', 'worker', 'web'] });
});
afterAll(async () => {
  await system?.stop();
  await way?.close();
});

/** What a browser sends when the button of the page is pressed. */
function formOf(page: string): { action: string; fields: Record<string, string> } {
  const form = load(page)('main form');
  const fields = Object.fromEntries(form.serializeArray().map(({ name, value }) => [name, value]));
  return { action: form.attr('action') ?? '', fields };
}

test('a lock held elsewhere is answered with a page that keeps what was typed', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const form = await visitor.visitForm();
  const began = Date.now();
  const refused = await system.owner.transaction(async (trx) => {
    await trx('visitor')
      .where({ phone_hash: system.index('phone', visitor.phone) })
      .forUpdate()
      .first('id');
    const sent = visitor.post('/reservations', form).then((answer) => answer);
    await untilBlockedBy(trx, system.db, 'the form waits for the row');
    const answer = await Promise.race([sent, wait(20_000)]);
    return answer ?? sent;
  });
  expect(Date.now() - began).toBeLessThan(10_000);
  expect(refused.status).toBe(503);

  const again = formOf(refused.text);
  expect(again).toEqual({ action: '/reservations', fields: form });
  const done = await visitor.post(again.action, again.fields).expect(303);
  expect(done.headers.location).toMatch(/^\/reservations\//);
  await visitor.page(String(done.headers.location));
});

test('so is a transaction that was ended for the sake of another', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const form = await visitor.visitForm();
  const refused = await system.owner.transaction(async (trx) => {
    await trx.raw('lock table request in share mode');
    const sent = visitor.post('/reservations', form).then((answer) => answer);
    await untilBlockedBy(trx, system.db, 'the form waits for the table');
    // Each waits for the other now. PostgreSQL ends the one that waited first.
    await trx('visitor')
      .where({ phone_hash: system.index('phone', visitor.phone) })
      .forUpdate()
      .first('id');
    return sent;
  });
  expect(refused.status).toBe(503);
  const again = formOf(refused.text);
  expect(again).toEqual({ action: '/reservations', fields: form });
  await visitor.post(again.action, again.fields).expect(303);
});

test('a database that vanishes is answered so too, without a password, and the pages are back soon', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const form = await visitor.visitForm();
  const login = { username: 'admin', password: 'secret-173' };
  way.swallow();
  const began = Date.now();
  const [refused, notIn] = await Promise.all([
    visitor.post('/reservations', form),
    new VisitorBrowser(system).post('/staff/login', login),
  ]);
  expect(refused.status).toBe(503);
  const again = formOf(refused.text);
  expect(again).toEqual({ action: '/reservations', fields: form });
  // A password is not written into a page.
  expect(notIn.status).toBe(503);
  expect(notIn.text).not.toContain(login.password);
  way.takeOver();

  await until(async () => (await visitor.agent.get('/reservations')).status === 200, 'the pages are back');
  expect(Date.now() - began).toBeLessThan(25_000);
  await visitor.post(again.action, again.fields).expect(303);
});
