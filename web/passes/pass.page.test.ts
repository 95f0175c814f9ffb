import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import supertest from 'supertest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readVisitCode } from '../../store/passes/visit-code.ts';
import { anApprovedVisit as approvedVisit } from '../../testing/approved.ts';
import { scannerAt } from '../../testing/gates.ts';
import { pageAgent } from '../../testing/page-agent.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.stop());

/** A visit whose code was sent to the sandbox's phone. */
async function anApprovedVisit() {
  const visit = await approvedVisit(system);
  await until(() => smsOf(visit.phone).then((sent) => sent.length === 1), 'the code was sent');
  return visit;
}

const smsOf = async (phone: string): Promise<unknown[]> =>
  (await supertest(system.sandbox).get('/inspect/sms').query({ phone })).body;
const browser = () => pageAgent(system.web).set({ Origin: system.web });
const open = (agent: ReturnType<typeof browser>, pass: string, code: string) =>
  agent.post(`/passes/${pass}/opening`).type('form').send({ code });
const codeOf = async (pass: string) => (await readVisitCode(system.db, system.cipher, pass)) ?? '';
const wrongFor = (code: string) => (code === '000000' ? '000001' : '000000');

test('the code from the message opens the pass, and nothing else', async () => {
  const [visit, other] = [await anApprovedVisit(), await anApprovedVisit()];
  const agent = browser();
  const codeForm = load((await agent.get(`/passes/${visit.pass}`).expect(200)).text);
  expect(codeForm('.qr')).toHaveLength(0);
  expect(codeForm('label[for=field-code]').text()).toBe('访客验证码');

  const code = await codeOf(visit.pass);
  await open(
    agent,
    visit.pass,
    ` ${[...code].map((digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)).join('')} `,
  ).expect(303);
  const page = load((await agent.get(`/passes/${visit.pass}`).expect(200)).text);
  expect(page('.pass__hint').text()).toBe('通行时，请出示二维码核验');
  expect(page('.pass__gatecode dd').text()).toMatch(/^[0-9A-Z*~$=]{4}-[0-9A-Z*~$=]{4}$/);
  expect(page('.ticket__window').text()).toMatch(/^\d\d\/\d\d \d\d:\d\d – \d\d\/\d\d \d\d:\d\d$/);

  expect(load((await agent.get(`/passes/${other.pass}`).expect(200)).text)('.qr')).toHaveLength(0);
  await agent.get(`/passes/${other.pass}/qr`).expect(404);
  await browser().get(`/passes/${visit.pass}/qr`).expect(404);
});

test('the QR on the page opens the gate', async () => {
  const visit = await anApprovedVisit();
  const agent = browser();
  await open(agent, visit.pass, await codeOf(visit.pass)).expect(303);
  const value = load((await agent.get(`/passes/${visit.pass}/qr`).expect(200)).text)('.qr').attr('data-text');
  const scan = scannerAt(() => system.gates.south.url, system.gates.south.deviceToken);
  await until(() => scan({ value: value ?? '' }).then(({ reason }) => reason === 'ok'), 'the gate opens');
});

test('five wrong codes send a new one, to the visitor and to nobody else', async () => {
  const visit = await anApprovedVisit();
  const agent = browser();
  const first = await codeOf(visit.pass);
  for (let left = 4; left > 0; left -= 1) {
    const page = load((await open(agent, visit.pass, wrongFor(first)).expect(422)).text);
    expect(page('#field-code-error').text()).toContain(`还可尝试 ${left} 次`);
  }
  const spent = load((await open(agent, visit.pass, wrongFor(first)).expect(422)).text);
  expect(spent('#field-code-error').text()).toContain('新的访客验证码已发送给预约人');
  await until(() => smsOf(visit.phone).then((sent) => sent.length === 2), 'a second message');
  await open(agent, visit.pass, await codeOf(visit.pass)).expect(303);
});

test('a person who has the link cannot flood the visitor with codes', async () => {
  const visit = await anApprovedVisit();
  const agent = browser();
  let last = '';
  for (let renewals = 0; renewals <= 3; renewals += 1) {
    const code = await codeOf(visit.pass);
    for (let tries = 0; tries < 5; tries += 1) last = (await open(agent, visit.pass, wrongFor(code)).expect(422)).text;
    if (renewals < 3) await until(() => codeOf(visit.pass).then((now) => now !== code), 'a new code');
  }
  expect(load(last)('#field-code-error').text()).toContain('今日不能再次发送验证码');
  const renewals = await system.db('request').where({ reservation_id: visit.reservation, kind: 'resend_code' });
  expect(renewals).toHaveLength(3);
});

test('an empty code is named at the field; an unknown pass is not found', async () => {
  const visit = await anApprovedVisit();
  const page = load((await open(browser(), visit.pass, '').expect(422)).text);
  expect(page('#field-code-error').text()).toBe('请输入访客验证码');
  await browser().get(`/passes/${randomUUID()}`).expect(404);
  await browser().get('/passes/1').expect(404);
  await open(browser(), randomUUID(), '123456').expect(404);
});

test('a cancelled visit shows no code any more', async () => {
  const visit = await anApprovedVisit();
  const agent = browser();
  await open(agent, visit.pass, await codeOf(visit.pass)).expect(303);
  await system.owner('pass').where({ id: visit.pass }).update({ revoked_at: new Date() });
  const page = load((await agent.get(`/passes/${visit.pass}`).expect(200)).text);
  expect(page('.qr')).toHaveLength(0);
  expect(page('.state__title').text()).toBe('凭证已失效');
});

test('notices are readable by everybody, every version under its own address', async () => {
  for (const path of ['/privacy', '/notice', '/notices/terms/1', '/notices/filling/1']) {
    const page = load((await browser().get(path).expect(200)).text);
    expect(page('h1')).toHaveLength(1);
    expect(page('.prose').text().length).toBeGreaterThan(100);
  }
  await browser().get('/notices/terms/99').expect(404);
  await browser().get('/notices/nothing/1').expect(404);
});
