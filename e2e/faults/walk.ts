import { randomUUID } from 'node:crypto';
import { maskName } from '../../domain/masking.ts';
import { type System, staffLogins } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { type Visitor, windowOf } from '../people.ts';
import { PlainBrowser, type PlainPage } from '../plain-browser.ts';
import { SandboxPhones } from '../sandbox-phone.ts';
import { scan } from '../scanner.ts';
import type { Milestone } from './blows.ts';
import type { Expected } from './verdict.ts';

export const fates = ['visits', 'visits twice', 'stays away', 'is refused', 'cancels early', 'cancels late'] as const;
export type Fate = (typeof fates)[number];

/** How long a person goes on trying before they give up, in seconds: longer than any part is away. */
const stubborn = 120;

/**
 * One visit by plain HTTP, page by page, while parts die and come back. Whatever fails is tried again as a person
 * would: the same page again, the same form again. Returns when the visitor has done all they do; the end comes by itself.
 */
export async function walkVisit(options: {
  system: System;
  visitor: Visitor;
  fate: Fate;
  /** Epoch milliseconds. */
  until: number;
  reached(milestone: Milestone): void;
}): Promise<Expected> {
  const { system, visitor, fate, reached } = options;
  const browser = new PlainBrowser(system.web, { 'X-Forwarded-For': addressOf(visitor) });
  const { open, submit } = stubbornly(browser);

  await register(system, visitor, { open, submit });
  reached('registered');

  const form = await open('/reservations/new?channel=personal', (page) => page.has('提交预约'));
  const window = windowOf(options.until - Date.now());
  const submitted = await submit(
    form,
    '提交预约',
    {
      campus: '校本部',
      department: '信息科学与工程学院',
      host: '赵敏',
      reason: '业务往来',
      ...window,
    },
    (page) => /\/reservations\/[0-9a-f-]{36}/.test(page.url.pathname),
  );
  const [, reservation = ''] = /\/reservations\/([0-9a-f-]{36})/.exec(submitted.url.pathname) ?? [];
  const detail = (what: (page: PlainPage) => boolean) => open(`/reservations/${reservation}`, what);
  await detail((page) => page.has('等待审批'));
  reached('submitted');
  if (fate === 'cancels early') return cancelled();

  await decide(system, visitor, fate === 'is refused' ? 'rejected' : 'approved');
  if (fate === 'is refused') {
    await detail((page) => page.has('未通过'));
    return { reservation, outcome: 'rejected', openings: 0 };
  }
  const visitable = await detail((page) => page.$('a[href^="/passes/"]').length > 0);
  reached('approved');
  if (fate === 'cancels late') return cancelled();
  if (fate === 'stays away') return { reservation, outcome: 'no_show', openings: 0 };

  const passPath = visitable.$('a[href^="/passes/"]').first().attr('href') ?? '';
  await enter(system, passPath, open, 'south');
  if (fate === 'visits twice') await enter(system, passPath, open, 'east');
  await detail((page) => page.has('已入校'));
  reached('entered');
  return { reservation, outcome: 'completed', openings: fate === 'visits twice' ? 2 : 1 };

  async function cancelled(): Promise<Expected> {
    const page = await detail((shown) => shown.has('取消预约'));
    await submit(page, '确认取消', {}, (answer) => answer.status < 400);
    await detail((shown) => shown.has('已取消'));
    return { reservation, outcome: 'cancelled', openings: 0 };
  }
}

type Hands = ReturnType<typeof stubbornly>;

/** Opens and submits until the page is as wished. */
function stubbornly(browser: PlainBrowser) {
  const insist = async (ask: () => Promise<PlainPage>, wished: (page: PlainPage) => boolean, what: string) => {
    let last: PlainPage | undefined;
    try {
      return await until(
        async () => {
          last = await ask();
          return wished(last) && last;
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

async function register(system: System, visitor: Visitor, { open, submit }: Hands): Promise<void> {
  const phones = new SandboxPhones(system.sandbox);
  const start = await open('/register', (page) => page.has('获取验证码'));
  const asked = await submit(start, '获取验证码', { phone: visitor.phone }, (page) => page.status < 400);
  const code = await phones.loginCode(visitor.phone);
  const registered = await submit(
    asked,
    '注册',
    { phone: visitor.phone, code, agree: 'on' },
    (page) => page.status < 400,
  );
  const profile = registered.has('隐私信息填写须知')
    ? await submit(registered, '同意', {}, (page) => page.status < 400)
    : registered;
  await submit(
    profile,
    '确认',
    {
      ...{ name: visitor.name, sex: visitor.sex, document_type: visitor.documentType },
      ...{ document_number: visitor.document, plate: visitor.plate, unit: visitor.unit },
    },
    (page) => page.has('个人访客通道'),
  );
}

async function decide(system: System, visitor: Visitor, verdict: 'approved' | 'rejected'): Promise<void> {
  const { open, submit } = stubbornly(new PlainBrowser(system.web, { 'X-Forwarded-For': addressOf(visitor) }));
  const login = await open('/staff/login', (page) => page.has('工作人员登录'));
  const inbox = await submit(login, '登录', { ...staffLogins.approver }, (page) => page.has('待办审批'));
  const shown = maskName(visitor.name);
  const path = (inbox.has(shown) ? inbox : await open('/inbox', (page) => page.has(shown))).link(shown);
  const task = await open(path, (page) => page.has('审批意见'));
  const button = verdict === 'approved' ? '同意' : '不同意';
  await submit(task, button, verdict === 'approved' ? {} : { reason: '当日不接待来访' }, (page) => page.status < 400);
}

/** Holds the newest code before the scanner until the gate opens; what was shown once is one scan, however often sent. */
async function enter(system: System, passPath: string, open: Hands['open'], gate: 'south' | 'east'): Promise<void> {
  await until(
    async () => {
      const page = await open(passPath, (shown) => shown.$('.qr').attr('data-text') !== undefined);
      const value = page.$('.qr').attr('data-text') ?? '';
      const nonce = randomUUID();
      const answer = await until(
        () => scan(system.gates[gate], { kind: 'qr', value }, { nonce }),
        `an answer of ${gate}`,
        60,
      );
      if (!answer.open) throw new Error(`The gate says ${answer.reason}`);
      return true;
    },
    `the gate ${gate} opens`,
    stubborn,
  );
}

/** Each visitor comes from an address of their own. */
const addressOf = ({ phone }: Visitor): string =>
  `10.${Number(phone.slice(5, 7))}.${Number(phone.slice(7, 9))}.${Number(phone.slice(9, 11)) + 1}`;
