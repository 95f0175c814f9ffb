import { afterAll, beforeAll, expect, test } from 'vitest';
import { untilBlockedBy } from '../../testing/blocked.ts';
import { invite } from '../../testing/book-pages.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

/** A browser goes on as soon as it reads where to: what the next page needs of the session must be kept by then. */

let system: System;
let visitor: VisitorBrowser;
let cookie: string;
let link: string;
let mark: string;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  visitor = await new VisitorBrowser(system).settle();
  link = await invite(visitor, { name: '李雷', phone: '17300003227' });
  await system.owner('attempt').delete();
  mark = (await visitor.page('/'))('[name=form_owner]').attr('value') ?? '';
  const page = visitor.agent.get('/');
  // The agent puts its cookies on as it sends.
  await page;
  cookie = (page as unknown as { cookies: string }).cookies;
});
afterAll(() => system?.stop());

const post = (path: string, form: Record<string, string>) => () =>
  fetch(`${system.web}${path}`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ ...form, form_owner: mark }),
    headers: { Cookie: cookie, Origin: system.web },
  });

test.each([
  ['a link to join', post('/companions/invitations', { name: '韩梅', phone: '17300003228', party: '' })],
  ['a code that was sent', post('/account/codes', { purpose: 'export', back: '/my-data/export' })],
  [
    'an invitation that was opened',
    () => fetch(`${system.web}${link}`, { redirect: 'manual', headers: { Cookie: cookie } }),
  ],
])('%s', async (_, go) => {
  const answer = await system.owner.transaction(async (trx) => {
    await trx.raw('lock table visitor_session in share mode');
    let answered = false;
    const going = go().finally(() => {
      answered = true;
    });
    await untilBlockedBy(trx, system.db, 'the session is being kept');
    // Everything that was written before is read by now.
    await (await fetch(`${system.web}/privacy`)).text();
    expect(answered).toBe(false);
    return { going };
  });
  expect((await answer.going).status).toBe(303);
});
