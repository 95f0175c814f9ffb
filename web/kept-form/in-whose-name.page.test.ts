import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fingerprint } from '../../testing/bad-input/fingerprint.ts';
import { aWaitingVisit } from '../../testing/bad-input/ground.ts';
import { wrongMarks } from '../../testing/bad-input/marks.ts';
import { declaredRoutes, isStaff } from '../../testing/bad-input/routes.ts';
import { noise } from '../../testing/photographs.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, staffLogins, startSystem } from '../../testing/system.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

/** Nothing is written in the name of one who did not open the form; that every form has its mark is in web/bad-input.page.test.ts. */

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
});
afterAll(() => system?.stop());
beforeEach(async () => {
  await system.owner('attempt').delete();
});

test('no address takes a form without its mark, but those that ask for a proof of their own', async () => {
  const visitor = (await new VisitorBrowser(system).settle()).agent;
  const staff = await staffBrowser(system.web, 'admin');
  const taken: string[] = [];
  for (const { method, path } of await declaredRoutes()) {
    if (method === 'get') continue;
    const address = path.replaceAll(/:\w+/g, randomUUID());
    const agent = isStaff(path) ? staff : visitor;
    const answers: number[] = [];
    for (const [, mark] of wrongMarks(system)) {
      answers.push((await agent.post(address).type('form').send({ form_owner: mark }).redirects(0)).status);
    }
    if (answers.join() !== '409,403,403') taken.push(`${path} ${answers[0]}`);
  }
  expect(taken.toSorted()).toEqual([
    // A key of another system.
    '/api/v1/invitations 401',
    '/api/v1/invitations/:id/revocation 401',
    // Of the browser, not of an account.
    '/care 303',
    // The engine's own pages ask for it.
    '/codec/decode 400',
    // Signed by a gate.
    '/gates/:id/cash 401',
    '/gates/:id/cash/searches 401',
    '/gates/:id/emergencies 401',
    '/gates/:id/refusals 401',
    // Signed by a box that is no gate yet.
    '/gates/enrolments 400',
    '/gates/enrolments/answers 400',
    // None is enough; another person's is not.
    '/held-by-others 409',
    '/held-by-others/code 409',
    '/held-by-others/requests 409',
    '/join 409',
    '/language 303',
    // The mail server's key.
    '/mail/bounces 401',
    // Signed by each messenger.
    '/messengers/dingtalk 403',
    '/messengers/feishu 403',
    '/messengers/wecom 403',
    '/passes/:id/bindings 409',
    '/passes/:id/opening 409',
    '/register 409',
    '/register/code 409',
    '/register/earlier 409',
    // The directory's own token.
    '/scim/v2/Users 401',
    '/scim/v2/Users/.search 401',
    // The key at the end of the provider's address.
    '/sms/receipts/:key 403',
    '/staff/login 409',
    '/staff/password 409',
    // The link's own secret, and a mark of the browser that it was opened in.
    '/t/:token 404',
    // Signed by WeChat.
    '/wechat/callback 403',
    // Signed by WeChat Pay.
    '/wechat/pay/notices 401',
  ]);
  for (const path of ['/sign-out', '/staff/sign-out', '/staff/sessions/revocation', '/staff/second-factor']) {
    const agent = isStaff(path) ? staff : visitor;
    for (const [, mark, status] of wrongMarks(system)) {
      await agent.post(path).type('form').send({ form_owner: mark }).expect(status);
    }
  }
  await visitor.get('/').expect(200);
  await staff.get('/admin/reservations').expect(200);
});

/** Signs in on the page to which a browser was led. @returns where it leads */
async function signIn(browser: VisitorBrowser, target: string, phone: string): Promise<string> {
  await system.owner('attempt').delete();
  const page = await browser.page(target);
  const code = await browser.askForCode(phone);
  const agree = page('[name=agree]').attr('value') ?? '';
  const onward = page('form[action="/register"] [name=return]').attr('value') ?? '';
  return String((await browser.post('/register', { phone, code, agree, return: onward }).expect(303)).headers.location);
}

/** The form's fields as its page draws them, its mark among them. */
async function drawn(browser: VisitorBrowser, path: string, action: string): Promise<Record<string, string>> {
  const form = (await browser.page(path))(`form[action="${action}"]`);
  return Object.fromEntries(form.serializeArray().map(({ name, value }) => [name, value]));
}

describe('one visitor signs out and another signs in, in the next tab', () => {
  const path = '/reservations/new?channel=personal';

  test('a form is not booked for the other, who is told, and it waits for the person who filled it', async () => {
    const [a, b] = [await new VisitorBrowser(system).settle(), await new VisitorBrowser(system).settle()];
    const form = { ...(await a.visitForm()), note: '带三箱样品', host: '李思远' };
    await a.post('/sign-out').expect(303);
    await signIn(a, '/register', b.phone);
    await a.page('/');
    const before = await fingerprint(system.owner);
    const answer = await a.post('/reservations', form).expect(409);
    const told = load(answer.text);
    expect(told('h1').text()).toBe('这张表单不是为当前账号打开的');
    expect(told('main').text()).toContain('只为打开它的账号保留一小时');
    expect(answer.text).not.toContain('带三箱样品');
    expect(await fingerprint(system.owner)).toEqual(before);
    expect((await a.page(path)).html()).not.toContain('带三箱样品');

    const out = Object.fromEntries(
      told('form[action="/sign-out"]')
        .serializeArray()
        .map(({ name, value }) => [name, value]),
    );
    const led = String((await a.post('/sign-out', out).expect(303)).headers.location);
    expect(await signIn(a, led, a.phone)).toBe(path);
    const again = await a.page(path);
    expect(again('[name=note]').text()).toBe('带三箱样品');
    expect(again('[role=status]').text()).toContain('您填写的内容都已保留');
  });

  test('a profile is not written over the other’s', async () => {
    const [a, b] = [await new VisitorBrowser(system).settle(), await new VisitorBrowser(system).settle()];
    const form = { ...(await drawn(a, '/profile', '/profile')), ...a.person, unit: '甲的单位' };
    await a.post('/sign-out').expect(303);
    await signIn(a, '/register', b.phone);
    await a.page('/');
    await a.post('/profile', form).expect(409);
    expect((await a.page('/profile')).html()).not.toContain('甲的单位');
  });

  test('nor is a photograph, or what htmx draws anew', async () => {
    const [a, b] = [await new VisitorBrowser(system).settle(), await new VisitorBrowser(system).settle()];
    const page = await a.page('/profile/photos');
    const action = page('#document form[enctype]').attr('action') ?? '';
    expect(action).toContain('form_owner=');
    const form = await a.visitForm();
    await a.post('/sign-out').expect(303);
    await signIn(a, '/register', b.phone);
    await a.page('/');
    await a.agent
      .post(action)
      .attach('photo', await noise(400, 500), 'photo.jpg')
      .expect(409);
    expect(await system.db('photo').count()).toEqual([{ count: 0 }]);
    const part = await a.agent.post('/reservations/new').set('HX-Request', 'true').type('form').send(form).expect(409);
    expect(part.text).toMatch(/^<div class="notice notice--failed" role="alert">/);
  });

  test('nor does somebody decide with what another of the staff wrote', async () => {
    const lead = await new VisitorBrowser(system).settle();
    const { task } = await aWaitingVisit(system, lead);
    const agent = await staffBrowser(system.web, 'approver');
    const page = load((await agent.get(`/inbox/${task}`).expect(200)).text);
    const fields = page(`form[action="/inbox/${task}/decision"]`).serializeArray();
    const form = Object.fromEntries(fields.map(({ name, value }) => [name, value]));
    await agent.post('/staff/sign-out').expect(303);
    await agent.post('/staff/login').type('form').send(staffLogins.admin).expect(303);
    await agent.get('/admin/reservations').expect(200);
    const wish = { ...form, verdict: 'approved', reason: '写到一半' };
    const told = load((await agent.post(`/inbox/${task}/decision`).type('form').send(wish).expect(409)).text);
    expect((await system.owner('task').where({ id: task }).first()).status).toBe('open');
    const out = Object.fromEntries(
      told('form[action="/staff/sign-out"]')
        .serializeArray()
        .map(({ name, value }) => [name, value]),
    );
    const led = await agent.post('/staff/sign-out').type('form').send(out).expect(303);
    const login = load((await agent.get(String(led.headers.location)).expect(200)).text);
    const back = login('form[action="/staff/login"] [name=return]').attr('value') ?? '';
    await agent
      .post('/staff/login')
      .type('form')
      .send({ ...staffLogins.approver, return: back })
      .expect(303)
      .expect('Location', `/inbox/${task}`);
    expect(load((await agent.get(`/inbox/${task}`)).text)('[name=reason]').text()).toContain('写到一半');
  });
});

describe('a form that stays open serves the person who opened it', () => {
  test('after the same person signed in again', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const form = await visitor.visitForm();
    await visitor.post('/sign-out').expect(303);
    await signIn(visitor, '/register', visitor.phone);
    const answer = await visitor.post('/reservations', form).expect(303);
    expect(answer.headers.location).toMatch(/^\/reservations\/[0-9a-f-]{36}/);
  });

  test('opened before anybody was signed in: its own proof is asked for, and no mark', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const { agree = '' } = await drawn(new VisitorBrowser(system), '/register', '/register');
    const form = { phone: visitor.phone, code: '000000', agree, form_owner: '' };
    const answer = await visitor.post('/register', form).expect(422);
    expect(load(answer.text)('form[action="/register"]')).toHaveLength(1);
    await visitor.post(`/passes/${randomUUID()}/opening`, { code: '000000', form_owner: '' }).expect(404);
  });
});
