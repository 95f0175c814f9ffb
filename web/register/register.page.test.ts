import { load } from 'cheerio';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { codesSent, newestCode, VisitorBrowser } from '../../testing/visitor-browser.ts';
import { reservationWorkflowId } from '../../workflows/messages/reservation.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
});
afterAll(() => system?.stop());

const errorsOf = (html: string) => {
  const $ = load(html);
  return Object.fromEntries(
    $('.field__error')
      .map((_, one) => [[$(one).attr('id')?.slice(6, -6), $(one).text()]])
      .get(),
  );
};
const agreeOf = async (visitor: VisitorBrowser) =>
  (await visitor.page('/register'))('[name=agree]').attr('value') ?? '';

describe('registering', () => {
  test('begins with an unticked box that links the exact text', async () => {
    const $ = await new VisitorBrowser(system).page('/register');
    expect($('[name=agree]').attr('checked')).toBeUndefined();
    expect($('.agree a').attr('href')).toBe('/notices/terms/1');
    expect($('label[for=field-agree]').text()).toBe('我已认真阅读并同意');
    expect(
      $('button')
        .map((_, one) => $(one).text())
        .get(),
    ).toEqual(expect.arrayContaining(['获取验证码', '注册']));
  });

  test('says at each field what is missing, and keeps what was typed', async () => {
    const visitor = new VisitorBrowser(system);
    const refused = await visitor.post('/register', { phone: '139 0000', code: '', agree: '' }).expect(422);
    expect(errorsOf(refused.text)).toEqual({
      phone: '请填写 11 位中国大陆手机号；境外号码请以 + 和国家或地区代码开头。',
      code: '验证码不能为空',
      agree: '请先阅读并勾选“我已认真阅读并同意”',
    });
    expect(load(refused.text)('[name=phone]').attr('value')).toBe('139 0000');
  });

  test('without the tick nothing is registered, and the code still works afterwards', async () => {
    const visitor = new VisitorBrowser(system);
    const code = await visitor.askForCode();
    const refused = await visitor.post('/register', { phone: visitor.phone, code }).expect(422);
    expect(load(refused.text)('[name=code]').attr('value')).toBe(code);
    expect(await system.db('visitor').where({ phone_hash: system.index('phone', visitor.phone) })).toHaveLength(0);
    await visitor.post('/register', { phone: visitor.phone, code, agree: await agreeOf(visitor) }).expect(303);
  });

  test('records the agreement to the very text, by its hash', async () => {
    const visitor = new VisitorBrowser(system);
    await visitor.register();
    const row = await system
      .db('consent as c')
      .join('visitor as v', 'v.id', 'c.visitor_id')
      .join('notice as n', 'n.id', 'c.notice_id')
      .where({ 'v.phone_hash': system.index('phone', visitor.phone) })
      .first('c.purpose', 'c.channel', 'c.text_hash', 'n.text_hash as published', 'n.kind');
    expect(row).toMatchObject({ purpose: 'terms', channel: 'browser', kind: 'terms' });
    expect(row.text_hash).toEqual(row.published);
  });

  test('starts the reservation of the verified phone, and a returning visitor starts none', async () => {
    const visitor = new VisitorBrowser(system);
    await visitor.register();
    const drafts = (): Promise<{ id: string }[]> =>
      system
        .db('reservation as r')
        .join('visitor as v', 'v.id', 'r.visitor_id')
        .where({ 'v.phone_hash': system.index('phone', visitor.phone) })
        .select('r.id');
    const [draft] = await drafts();
    const id = draft?.id ?? '';
    await until(async () => (await system.db('request').where({ id, kind: 'start' }).first())?.status === 'answered');
    const started = await system.client.workflow.getHandle(reservationWorkflowId(id)).describe();
    expect(started.status.name).toBe('RUNNING');

    await visitor.page('/consent');
    await visitor.post('/sign-out').expect(303);
    await system.owner('attempt').delete();
    await new VisitorBrowser(system, { phone: visitor.phone }).register();
    expect(await drafts()).toHaveLength(1);
  });

  test('gives a new session id, and the old one opens nothing', async () => {
    const visitor = new VisitorBrowser(system);
    const asked = await visitor.post('/register/code', { phone: visitor.phone }).expect(200);
    const before = String(asked.headers['set-cookie']);
    const code = await newestCode(system, visitor.phone);
    const entered = await visitor.post('/register', { phone: visitor.phone, code, agree: await agreeOf(visitor) });
    const after = String(entered.headers['set-cookie']);
    expect(after).toMatch(/xiaomen-visitor=.*HttpOnly; SameSite=Lax/);
    const cookie = (line: string) => line.split(';')[0] ?? '';
    expect(cookie(after)).not.toBe(cookie(before));
    const old = await supertest(system.web).get('/').set('Cookie', cookie(before));
    expect(old.headers.location).toContain('/register');
  });
});

describe('codes', () => {
  test('answer the same whether or not the phone is known', async () => {
    const known = await new VisitorBrowser(system).settle();
    await system.owner('attempt').delete();
    const pages = await Promise.all(
      [known.phone, '13900009999'].map(async (phone) => {
        const answer = await new VisitorBrowser(system).post('/register/code', { phone });
        return { status: answer.status, html: answer.text.replaceAll(phone, '') };
      }),
    );
    expect(pages[0]?.status).toBe(200);
    expect(withoutQuestion(pages[0]?.html)).toBe(withoutQuestion(pages[1]?.html));
  });

  test('belong to the session that asked', async () => {
    const [asking, thief] = [new VisitorBrowser(system), new VisitorBrowser(system)];
    const code = await asking.askForCode();
    const stolen = { phone: asking.phone, code, agree: await agreeOf(thief) };
    const refused = await thief.post('/register', stolen).expect(422);
    expect(errorsOf(refused.text)).toEqual({ code: '验证码不正确或已过期，请核对短信或重新获取' });
    await asking.post('/register', stolen).expect(303);
  });

  test('are found in the whole text message that somebody pastes', async () => {
    const visitor = new VisitorBrowser(system);
    const code = await visitor.askForCode();
    const pasted = `\u202d【校门】您的验证码为${code}，5分钟内有效。请勿告诉他人，如非本人操作请忽略。\u202c`;
    await visitor
      .post('/register', { phone: `tel:${visitor.phone}`, code: pasted, agree: await agreeOf(visitor) })
      .expect(303);
  });

  test('work once', async () => {
    const visitor = new VisitorBrowser(system);
    const form = { phone: visitor.phone, code: await visitor.askForCode(), agree: await agreeOf(visitor) };
    const both = await Promise.all([visitor.post('/register', form), visitor.post('/register', form)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([303, 422]);
  });

  test('die after five wrong tries, also when the tries come at once', async () => {
    const visitor = new VisitorBrowser(system);
    const code = await visitor.askForCode();
    const agree = await agreeOf(visitor);
    const wrong = code === '000000' ? '000001' : '000000';
    await Promise.all(
      Array.from({ length: 5 }, () => visitor.post('/register', { phone: visitor.phone, code: wrong, agree })),
    );
    await visitor.post('/register', { phone: visitor.phone, code, agree }).expect(422);
    const [row] = await system.db('phone_code').where({ phone_hash: system.index('phone', visitor.phone) });
    expect(row.tries).toBe(5);
    expect(row.used_at).toBeNull();
  });

  test('die after five minutes', async () => {
    const visitor = new VisitorBrowser(system);
    const code = await visitor.askForCode();
    await system
      .owner('phone_code')
      .where({ phone_hash: system.index('phone', visitor.phone) })
      .update({ expires_at: system.owner.raw(`expires_at - interval '5 minutes'`) });
    const agree = await agreeOf(visitor);
    await visitor.post('/register', { phone: visitor.phone, code, agree }).expect(422);
  });

  test('are kept as a keyed hash that differs for the same digits', async () => {
    const visitor = new VisitorBrowser(system);
    const code = await visitor.askForCode();
    const [row] = await system.db('phone_code').where({ phone_hash: system.index('phone', visitor.phone) });
    expect(JSON.stringify(row)).not.toContain(code);
    expect(row.code_hash).not.toEqual(system.index('phone_code', code));
  });
});

describe('limits of sending', () => {
  /** Another browser whose question is answered. */
  async function askAgain(visitor: VisitorBrowser) {
    const $ = load((await visitor.post('/register/code', { phone: visitor.phone })).text);
    return visitor.post('/register/code', {
      phone: visitor.phone,
      challenge: answerOf($('label[for=field-challenge]').text()),
    });
  }

  test('one a minute, five an hour, ten a day for a phone', async () => {
    const visitor = new VisitorBrowser(system);
    await visitor.askForCode();
    const soon = await askAgain(visitor);
    expect(soon.status).toBe(429);
    expect(load(soon.text)('[role=alert]').text()).toMatch(/请 \d+ 秒后再重新获取/);
    expect(Number(soon.headers['retry-after'])).toBeGreaterThan(0);

    const later = (interval: string) =>
      system
        .owner('attempt')
        .where({ kind: 'code_phone', key_hash: system.index('attempt_phone', visitor.phone) })
        .update({ at: system.owner.raw(`at - ?::interval`, [interval]) });
    for (let sent = 1; sent < 5; sent += 1) {
      await later('61 seconds');
      expect((await askAgain(visitor)).status).toBe(200);
    }
    await later('61 seconds');
    expect((await askAgain(visitor)).status).toBe(429);
    await later('1 hour');
    for (let sent = 5; sent < 10; sent += 1) {
      expect((await askAgain(visitor)).status).toBe(200);
      await later('61 seconds');
    }
    await later('1 hour');
    expect((await askAgain(visitor)).status).toBe(429);
    expect(await codesSent(system, visitor.phone)).toHaveLength(10);
  });

  test('hold when many ask at once', async () => {
    const phone = '13900008888';
    const browsers = Array.from({ length: 8 }, () => new VisitorBrowser(system, { phone }));
    await Promise.all(browsers.map((one) => one.post('/register/code', { phone })));
    expect(await codesSent(system, phone)).toHaveLength(1);
  });

  test('a question has to be answered before the second code, once', async () => {
    const visitor = new VisitorBrowser(system);
    await visitor.askForCode();
    await system.owner('attempt').update({ at: system.owner.raw(`at - interval '2 minutes'`) });
    const bare = await visitor.post('/register/code', { phone: visitor.phone }).expect(422);
    expect(errorsOf(bare.text)).toEqual({ challenge: '请回答问题' });
    const answer = answerOf(load(bare.text)('label[for=field-challenge]').text());
    const wrong = await visitor.post('/register/code', { phone: visitor.phone, challenge: '999' }).expect(422);
    expect(errorsOf(wrong.text)).toEqual({ challenge: '回答不正确，请回答新的问题' });
    const fresh = answerOf(load(wrong.text)('label[for=field-challenge]').text());
    // The earlier question is gone, whether or not its answer happens to be the same.
    if (answer !== fresh) await visitor.post('/register/code', { phone: visitor.phone, challenge: answer }).expect(422);
    expect((await askAgain(visitor)).status).toBe(200);
    // Another browser is asked too: the phone was sent a code before.
    const other = new VisitorBrowser(system, { phone: visitor.phone });
    await other.post('/register/code', { phone: visitor.phone }).expect(422);
  });
});

describe('a phone that lay idle for 90 days', () => {
  async function idleVisitor() {
    const visitor = await new VisitorBrowser(system).settle();
    const { id } = await system
      .db('visitor')
      .where({ phone_hash: system.index('phone', visitor.phone) })
      .first('id');
    await system
      .owner('visitor')
      .where({ id })
      .update({ last_seen_at: system.owner.raw(`now() - interval '91 days'`) });
    await system.owner('attempt').delete();
    return { id: id as string, again: new VisitorBrowser(system, { phone: visitor.phone }) };
  }
  const accountOf = (phone: string) =>
    system
      .db('visitor')
      .where({ phone_hash: system.index('phone', phone) })
      .whereNull('superseded_at')
      .first('id');

  test('opens its account to the last six characters of the document', async () => {
    const { id, again } = await idleVisitor();
    expect(await again.register()).toBe('/register/earlier');
    await again.agent.get('/').expect(303);
    const wrong = await again.post('/register/earlier', { document_tail: '000000' }).expect(422);
    expect(errorsOf(wrong.text)).toEqual({ document_tail: '与原账号的证件号不一致，请核对后再试' });
    await again.post('/register/earlier', { document_tail: '01 9010' }).expect(303);
    expect((await again.page('/profile'))('[name=name]').attr('value')).toBe('欧阳小满');
    expect(await accountOf(again.phone)).toEqual({ id });
  });

  test('opens its account to the whole of a shorter document number, of any characters', async () => {
    const { id, again } = await idleVisitor();
    const tail = system.index('document_tail', '护/12');
    await system.owner('person').where({ visitor_id: id }).update({ document_tail_hash: tail });
    await again.register();
    await again.post('/register/earlier', { document_tail: '护/12' }).expect(303);
    expect(await accountOf(again.phone)).toEqual({ id });
  });

  test('waits under a new session id: a person who knew the one before proved nothing', async () => {
    const { id, again } = await idleVisitor();
    const code = await again.askForCode();
    const before = await system.owner('visitor_session').pluck('sid');
    await again.post('/register', { phone: again.phone, code, agree: await agreeOf(again) }).expect(303);
    const waiting = await system.owner('visitor_session').whereRaw(`sess->'idle'->>'visitor' = ?`, [id]).pluck('sid');
    expect(waiting).toHaveLength(1);
    expect(before).not.toContain(waiting[0]);
  });

  test('opens a fresh account to the phone alone; nothing of the old one shows', async () => {
    const { id, again } = await idleVisitor();
    await again.register();
    await again.post('/register/earlier', { fresh: 'yes' }).expect(303);
    expect((await accountOf(again.phone))?.id).not.toBe(id);
    await again.agree();
    expect((await again.page('/profile'))('[name=name]').attr('value')).toBe('');
  });

  test('is not put aside by who asks for a fresh one after its owner came in', async () => {
    const { id, again } = await idleVisitor();
    await again.register();
    const owner = new VisitorBrowser(system, { phone: again.phone });
    await system.owner('attempt').delete();
    expect(await owner.register()).toBe('/register/earlier');
    await owner.post('/register/earlier', { document_tail: '019010' }).expect(303);
    const late = await again.post('/register/earlier', { fresh: 'yes' }).expect(409);
    expect(load(late.text)('main').text()).toContain('原账号刚刚已登录');
    expect(await accountOf(again.phone)).toEqual({ id });
    expect((await owner.page('/profile'))('[name=name]').attr('value')).toBe('欧阳小满');
  });

  test('gives the document five tries a day', async () => {
    const { again } = await idleVisitor();
    await again.register();
    for (let tries = 0; tries < 5; tries += 1)
      await again.post('/register/earlier', { document_tail: '00000A' }).expect(422);
    await again.post('/register/earlier', { document_tail: '019010' }).expect(429);
  });

  test('asks nobody who was here lately', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    await system.owner('attempt').delete();
    expect(await new VisitorBrowser(system, { phone: visitor.phone }).register()).toBe('/');
  });
});

test.each(['busy', 'quota', 'refuse'])(
  'when no SMS can be sent (%s), the page says so and the code is worth nothing',
  async (mode) => {
    await supertest(system.sandbox).post('/inspect/faults').send({ target: 'sms.send', mode, times: 3 });
    const visitor = new VisitorBrowser(system);
    const answer = await visitor.post('/register/code', { phone: visitor.phone }).expect(503);
    await supertest(system.sandbox).post('/inspect/faults').send({ target: 'sms.send', mode: 'none' });
    expect(load(answer.text)('[role=alert]').text()).toMatch(/短信/);
    const open = system
      .db('phone_code')
      .where({ phone_hash: system.index('phone', visitor.phone) })
      .whereNull('used_at');
    expect(await open).toHaveLength(0);
  },
);

test.each([
  { mode: 'drop', arrive: 1 },
  { mode: 'hang', arrive: 1 },
  { mode: 'lose', arrive: 2 },
])('when the line to the provider fails once ($mode), the code arrives all the same', async ({ mode, arrive }) => {
  await supertest(system.sandbox).post('/inspect/faults').send({ target: 'sms.send', mode, times: 1 });
  const visitor = new VisitorBrowser(system);
  await visitor.register();
  expect(new Set(await codesSent(system, visitor.phone)).size).toBe(1);
  expect(await codesSent(system, visitor.phone)).toHaveLength(arrive);
});

test('when the line fails twice, the page says that a code may be on its way', async () => {
  await supertest(system.sandbox).post('/inspect/faults').send({ target: 'sms.send', mode: 'lose', times: 2 });
  const visitor = new VisitorBrowser(system);
  await visitor.register();
  expect(await codesSent(system, visitor.phone)).toHaveLength(2);
});

function answerOf(question: string): string {
  const [a = 0, b = 0] = (question.match(/\d+/g) ?? []).map(Number);
  if (question.includes('减')) return String(a - b);
  return String(question.includes('更大') ? Math.max(a, b) : a + b);
}

/** The page without its question, which is another one each time. */
function withoutQuestion(html = ''): string {
  const page = load(html);
  page('#field-challenge').closest('.field').remove();
  return page.html();
}
