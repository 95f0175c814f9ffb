import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { maskName } from '../domain/masking.ts';
import { type System, staffLogins } from '../testing/system.ts';
import { until } from '../testing/until.ts';
import { controlsOf, type Visitor } from './people.ts';
import { PlainBrowser, type PlainPage } from './plain-browser.ts';
import { SandboxPhones } from './sandbox-phone.ts';
import { scan } from './scanner.ts';

/** The same way as in walk.ts without a browser: page by page over HTTP; a step that fails is tried again. */

/** What a person meets: a system of this test run, or an office of its own. */
export type Walked = Pick<System, 'web' | 'sandbox' | 'gates'>;

/** How long a person goes on trying before they give up, in seconds: longer than any part is away. */
const stubborn = 120;
/** Between two tries, in milliseconds: fifty impatient people must not keep two cores busy. */
const between = 250;

/** Opens and submits until the page is as wished. */
export function stubbornly(browser: PlainBrowser) {
  const insist = async (ask: () => Promise<PlainPage>, wished: (page: PlainPage) => boolean, what: string) => {
    let last: PlainPage | undefined;
    try {
      return await until(
        async () => {
          last = await ask();
          if (wished(last)) return last;
          await pause(between);
          return undefined;
        },
        what,
        stubborn,
      );
    } catch (error) {
      throw new Error(`${what}: ${last?.url.pathname} (${last?.status}) says ${last?.text.slice(0, 500)}`, {
        cause: error,
      });
    }
  };
  return {
    open: (path: string, wished: (page: PlainPage) => boolean) => insist(() => browser.open(path), wished, path),
    submit: (page: PlainPage, button: string, fields: Record<string, string>, wished: (page: PlainPage) => boolean) =>
      insist(() => browser.submit(page, button, fields), wished, button),
  };
}

/** From `/register` to 访客首页. */
export async function register(system: Walked, visitor: Visitor, browser: PlainBrowser): Promise<void> {
  await until(() => provePhone(system, visitor, browser), `${visitor.phone} is registered`, stubborn);
  await completeProfile(visitor, browser);
}

/** The same from the official account's menu; the phone is bound to the WeChat it came with. */
export async function registerInsideWechat(system: Walked, visitor: Visitor, browser: PlainBrowser): Promise<void> {
  const { open, submit } = stubbornly(browser);
  const { openid } = await new SandboxPhones(system.sandbox).newWechatPerson(visitor.name);
  const menu = `${system.sandbox}/wechat/${encodeURIComponent(openid)}/menu`;
  await open(menu, (page) => page.status === 200 && page.url.pathname === '/register');
  await until(() => provePhone(system, visitor, browser, menu), `${visitor.phone} is registered`, stubborn);
  const binding = await open('/wechat/binding', (page) => page.status === 200);
  await submit(binding, '绑定', { 同意通过微信接收通知: '' }, (page) => page.status === 200);
  await completeProfile(visitor, browser);
}

/** 同意, and 完善个人信息. */
export async function completeProfile(visitor: Visitor, browser: PlainBrowser): Promise<void> {
  const { open, submit } = stubbornly(browser);
  const next = await open('/', (page) => page.status === 200);
  const profile = next.has('隐私信息填写须知') ? await submit(next, '同意', {}, (page) => page.status === 200) : next;
  await submit(
    profile,
    '确认',
    {
      name: visitor.name,
      document_type: visitor.documentType,
      // A resident identity number says it itself.
      ...(profile.$('[name=sex]').length > 0 ? { sex: visitor.sex } : {}),

      document_number: visitor.document,
      plate: visitor.plate,
      unit: visitor.unit,
    },
    (page) => page.has('个人访客通道'),
  );
}

/**
 * One try, from a code to a session. A code can be lost on the way: then another has to be asked for, from where the person
 * began. The form of the code is sent again as it is while its answer is lost, as a browser does.
 */
export async function provePhone(
  system: Walked,
  { phone }: Visitor,
  browser: PlainBrowser,
  from = '/register',
): Promise<boolean> {
  const phones = new SandboxPhones(system.sandbox);
  const start = await browser.open(from);
  if (start.status !== 200) return false;
  if (start.url.pathname !== '/register') return true;
  const before = (await phones.texts(phone)).length;
  const first = await askForCode(browser, start, phone);
  // A visitor who was sent a code before has a question to answer first.
  const asked = first.status === 422 ? await askForCode(browser, first, phone) : first;
  if (asked.status !== 200) {
    await pause(4 * between);
    throw new Error(`No code was sent: ${asked.status} ${asked.text.slice(0, 300)}`);
  }
  const code = await phones.loginCode(phone, before);
  const { submit } = stubbornly(browser);
  const entered = await submit(asked, '注册', { phone, code, agree: 'on' }, ({ status }) => status < 500);
  return entered.status === 200 && entered.url.pathname !== '/register';
}

function askForCode(browser: PlainBrowser, page: PlainPage, phone: string): Promise<PlainPage> {
  const button = page.has('重新获取') ? '重新获取' : '获取验证码';
  return browser.submit(page, button, { phone, ...challengeOf(page) });
}

/** The answer that a page asks for before it sends another code; none where it asks nothing. */
export function challengeOf(page: PlainPage): { challenge?: string } {
  const question = page.$('label[for="field-challenge"]').text();
  return question ? { challenge: String(answerTo(question)) } : {};
}

/** The question before another code: a sum, a difference, or the larger of two numbers. */
function answerTo(question: string): number {
  const [a = 0, b = 0] = (question.match(/\d+/g) ?? []).map(Number);
  if (question.includes('减')) return a - b;
  return question.includes('哪个数更大') ? Math.max(a, b) : a + b;
}

/** From the form to the page of a submitted reservation. @returns its id */
export async function reserve(
  browser: PlainBrowser,
  visit: { department: string; host: string; reason: string; note?: string; from: string; until: string },
): Promise<string> {
  const { open, submit } = stubbornly(browser);
  const form = await open('/reservations/new?channel=personal', (page) => page.has('提交预约'));
  const { from, until, ...chosen } = visit;
  const typed = { ...chosen, ...controlsOf({ from, until }) };
  const sent = await submit(form, '提交预约', typed, (page) => /\/reservations\/[0-9a-f-]{36}/.test(page.url.pathname));
  const [, reservation = ''] = /\/reservations\/([0-9a-f-]{36})/.exec(sent.url.pathname) ?? [];
  await open(`/reservations/${reservation}`, (page) => page.has('等待审批'));
  return reservation;
}

/** Waits for the pass of an approved reservation. @returns the path of its page */
export async function passOf(browser: PlainBrowser, reservation: string): Promise<string> {
  const link = (page: PlainPage) => page.$('#progress a[href^="/passes/"]').attr('href');
  const page = await stubbornly(browser).open(`/reservations/${reservation}`, (shown) => link(shown) !== undefined);
  return link(page) ?? '';
}

/**
 * The approver signs in and decides the visitor's task.
 * @param refusal why not; left out: approved
 */
export async function decide(system: Walked, visitor: Visitor, refusal?: string): Promise<void> {
  const { open, submit } = stubbornly(plainBrowserOf(system, visitor));
  const login = await open('/staff/login', (page) => page.has('工作人员登录'));
  await submit(login, '登录', { ...staffLogins.approver }, (page) => page.has('待办审批'));
  let sent = false;
  await until(
    async () => {
      const page = sent ? await open('/inbox', (inbox) => inbox.has('待办审批')) : await open('/inbox', isWaiting);
      if (sent && !isWaiting(page)) return true;
      if (waitingTask(page).text().includes('办理中')) return false;
      const task = await open(waitingTask(page).attr('href') ?? '', (one) => one.status < 500);
      if (!task.has('审批意见')) return false;
      const answer = (button: string, typed: Record<string, string>) =>
        submit(task, button, typed, ({ status }) => status < 500);
      await (refusal === undefined
        ? answer('同意', {})
        : answer('不同意', { 不同意的原因: '时间不合适', reason: refusal }));
      sent = true;
      return false;
    },
    `the task of ${visitor.name} is decided`,
    stubborn,
  );

  /** A task that was shown before it was durable may be replaced by another: then that one is decided. */
  function waitingTask(page: PlainPage) {
    const links = page.$('#tasks section').first().find('a');
    return links.filter((_, link) => page.$(link).text().includes(maskName(visitor.name))).first();
  }
  function isWaiting(page: PlainPage): boolean {
    return waitingTask(page).length > 0;
  }
}

/** Holds the newest code before the scanner until the gate opens; what was shown once is one scan, however often sent. */
export async function enter(
  system: Walked,
  browser: PlainBrowser,
  { passPath, gate }: { passPath: string; gate: 'south' | 'east' },
): Promise<void> {
  const qrOf = (page: PlainPage) => page.$('.qr').attr('data-text');
  await until(
    async () => {
      const page = await stubbornly(browser).open(passPath, (shown) => qrOf(shown) !== undefined);
      const shown = { kind: 'qr', value: qrOf(page) ?? '' } as const;
      const nonce = randomUUID();
      const answer = await until(() => scan(system.gates[gate], shown, { nonce }), `an answer of ${gate}`, 60);
      if (!answer.open) throw new Error(`The gate says ${answer.reason}`);
      return true;
    },
    `the gate ${gate} opens`,
    stubborn,
  );
}

/** A visitor with a plain browser, at an address of their own. */
export function plainBrowserOf(system: Walked, { phone }: Visitor): PlainBrowser {
  const part = (from: number) => Number(phone.slice(from, from + 2));
  return new PlainBrowser(system.web, { 'X-Forwarded-For': `10.${part(5)}.${part(7)}.${part(9) + 1}` });
}
