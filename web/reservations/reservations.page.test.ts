import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hour, minute, toLocalInput } from '../../domain/time.ts';
import { readSubmission } from '../../store/reservations/submission.ts';
import { aRefusal } from '../../testing/refusing.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
});
afterAll(() => system?.stop());

const reservationsOf = (
  visitor: VisitorBrowser,
): Promise<{ id: string; stage: string; submission_id: string | null }[]> =>
  system
    .db('reservation as r')
    .join('visitor as v', 'v.id', 'r.visitor_id')
    .where({ 'v.phone_hash': system.index('phone', visitor.phone) })
    .orderBy('r.created_at')
    .select('r.*');
const windowIn = (hours: number) => ({
  from: toLocalInput(Date.now() + hours * hour),
  until: toLocalInput(Date.now() + (hours + 1) * hour),
});
const submit = async (visitor: VisitorBrowser, change: Record<string, string> = {}) =>
  visitor.post('/reservations', { ...(await visitor.visitForm()), ...change });
const idOf = (location: unknown): string => String(location).split('/').at(-1) ?? '';
const errorsOf = (html: string) => {
  const $ = load(html);
  return Object.fromEntries(
    $('.field__error')
      .map((_, one) => [[$(one).attr('id')?.slice(6, -6), $(one).text()]])
      .get(),
  );
};

describe('the form', () => {
  test('opening it starts nothing, and needs a complete person', async () => {
    const visitor = new VisitorBrowser(system);
    await visitor.register();
    await visitor.agree();
    expect((await visitor.agent.get('/reservations/new?channel=personal').expect(303)).headers.location).toBe(
      '/profile',
    );
    await visitor.post('/profile', { ...visitor.person }).expect(303);
    const requests = () => system.db('request').count().first();
    const before = await requests();
    await visitor.page('/reservations/new?channel=personal');
    await visitor.page('/reservations/new?channel=official');
    await visitor.page('/reservations/new?channel=other', 404);
    expect(await requests()).toEqual(before);
  });

  test('is filled from the profile; 被访人 is asked in the personal channel only', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const [personal, official] = [
      await visitor.page('/reservations/new?channel=personal'),
      await visitor.page('/reservations/new?channel=official'),
    ];
    expect(personal('[name=name]').attr('value')).toBe('欧阳小满');
    expect(personal('[name=document_number]').attr('value')).toBe('110199200001019010');
    const labels = (from: typeof personal) =>
      from('label.field__label, legend')
        .map((_, one) => from(one).text())
        .get()
        .join(' ');
    expect(labels(personal)).toContain('*访问园区 *访问部门 *被访人 *访问事由');
    expect(labels(official)).toContain('*访问园区 *访问部门 *访问事由');
    expect(labels(official)).not.toContain('被访人');
    expect(personal('main button.weui-btn_primary').text()).toBe('提交预约');
  });

  test('says what is wrong at each field of both blocks, and keeps everything typed', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const typed: Record<string, string> = {
      ...(await visitor.visitForm()),
      name: '',
      host: '',
      department: '',
      from: '2026-02-30T10:00',
      note: '带两箱器材',
    };
    const answer = await visitor.post('/reservations', typed).expect(422);
    expect(errorsOf(answer.text)).toEqual({
      name: '姓名不能为空',
      host: '被访人不能为空',
      department: '请选择访问部门',
      from: '时间格式有误，请重新选择',
    });
    const $ = load(answer.text);
    expect($('[name=note]').text()).toBe('带两箱器材');
    expect($('[name=from_time] option[selected]').attr('value')).toBe('10:00');
    expect($('[name=campus]').val()).toBe(typed.campus);
    expect($('[name=key]').attr('value')).toBe(typed.key);
  });

  test.each([
    [-2, { from: '访问时间已过，请重新选择', until: '访问时间已过，请重新选择' }],
    [61 * 24, { from: '只能预约 60 天以内的来访，请选择较早的时间。' }],
  ])('a window %i hours from now is refused at its field', async (hours, expected) => {
    const visitor = await new VisitorBrowser(system).settle();
    const answer = await submit(visitor, windowIn(hours));
    expect(answer.status).toBe(422);
    expect(errorsOf(answer.text)).toEqual(expected);
  });
});

describe('submitting', () => {
  test('continues the draft, freezes who was submitted, and opens its page', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const [draft] = await reservationsOf(visitor);
    const answer = await submit(visitor, { ...windowIn(2), plate: '沪B8K9X2', note: '送样品' });
    expect(answer.headers.location).toBe(`/reservations/${draft?.id}`);
    const [kept] = await reservationsOf(visitor);
    expect(kept?.stage).toBe('approval');
    const submission = await readSubmission(system.db, system.cipher, kept?.submission_id ?? '');
    expect(submission).toMatchObject({
      answers: { host: '王建国', note: '送样品' },
      people: [{ name: '欧阳小满', plate: '沪B8K9X2', personVersion: 2 }],
    });
    // What was typed in the form is in the profile's newest version: another plate beside the usual one.
    expect((await visitor.page('/profile'))('[name=plate]').attr('value')).toBe('京A12345');
    expect((await visitor.page('/profile/plates'))('main').text()).toContain('沪B8K9X2');

    await visitor.post('/profile', { ...visitor.person, name: '欧阳大满' }).expect(303);
    const page = await visitor.page(String(answer.headers.location));
    expect(page('main').text()).toContain('欧阳小满');
    expect(page('main').text()).toContain('沪B8K9X2');
    expect(page('main').text()).not.toContain('110199200001019010');
  });

  test('the same form sent twice is one reservation', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const form: Record<string, string> = { ...(await visitor.visitForm()), ...windowIn(3) };
    const [first, second] = await Promise.all([
      visitor.post('/reservations', form),
      visitor.post('/reservations', form),
    ]);
    const third = await visitor.post('/reservations', form);
    expect(new Set([first, second, third].map(({ headers }) => headers.location)).size).toBe(1);
    expect(await reservationsOf(visitor)).toHaveLength(1);
    expect(await system.db('request').where({ id: form.key })).toHaveLength(1);
  });

  test('somebody else’s key is refused', async () => {
    const [one, other] = [await new VisitorBrowser(system).settle(), await new VisitorBrowser(system).settle()];
    const key = randomUUID();
    await submit(one, { key, ...windowIn(2) });
    expect((await submit(other, { key, ...windowIn(2) })).status).toBe(409);
  });

  test('a returning visitor without a draft gets a reservation of their own', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const first = await submit(visitor, windowIn(2));
    const second = await submit(visitor, windowIn(24));
    expect(idOf(second.headers.location)).not.toBe(idOf(first.headers.location));
    expect((await reservationsOf(visitor)).map(({ stage }) => stage)).toEqual(['approval', 'approval']);
    const $ = await visitor.page('/reservations');
    expect($('.list li')).toHaveLength(2);
  });

  test('a form that admission refuses comes back with a new key and the fault at its field, and can be corrected', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    await submit(visitor, windowIn(2));
    const form: Record<string, string> = { ...(await visitor.visitForm()), ...windowIn(2) };
    const answer = await visitor.post('/reservations', form).expect(422);
    expect(errorsOf(answer.text)).toEqual({ from: '您在该园区已有时间重叠的预约，请在“我的预约”中查看' });
    const key = load(answer.text)('[name=key]').attr('value') ?? '';
    expect(key).not.toBe(form.key);
    await visitor.post('/reservations', { ...form, key, ...windowIn(5) }).expect(303);
    // The refused form sent again says the same.
    await visitor.post('/reservations', form).expect(422);
  });

  test('without the worker it is kept and shown as in progress; the relay brings it later', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    await system.parts.worker.stop();
    const answer = await submit(visitor, windowIn(2));
    const path = String(answer.headers.location);
    try {
      const page = await visitor.page(path);
      expect(page('[role=status]').text()).toContain('预约已收到，正在提交');
      expect(page('noscript').text()).toContain(`href="${path}"`);
      // A second form meanwhile leads to the first.
      expect((await submit(visitor, windowIn(30))).headers.location).toBe(path);
      const fragment = await visitor.agent.get(`${path}/progress?draft=1`).set('HX-Request', 'true');
      expect(fragment.status).toBe(204);
    } finally {
      await system.parts.worker.start();
    }
    await until(async () => (await visitor.page(path))('.timeline').length > 0, 'the timeline is there');
    const fragment = await visitor.agent.get(`${path}/progress?draft=1`).set('HX-Request', 'true');
    expect(fragment.headers['hx-refresh']).toBe('true');
  });
});

describe('one reservation', () => {
  async function aSubmitted() {
    const visitor = await new VisitorBrowser(system).settle();
    const answer = await submit(visitor, {
      from: toLocalInput(Date.now() - minute),
      until: toLocalInput(Date.now() + hour),
    });
    return { visitor, path: String(answer.headers.location), id: idOf(answer.headers.location) };
  }
  async function decide(id: string, decision: Record<string, string>) {
    const task = await until(() => system.db('task').where({ reservation_id: id }).first());
    const approver = await staffBrowser(system.web, 'approver');
    await approver
      .post(`/inbox/${task.id}/decision`)
      .type('form')
      .send({ request: randomUUID(), ...decision })
      .expect(303);
  }

  test('follows its workflow: the fragment changes when the state does, and only then', async () => {
    const { visitor, path, id } = await aSubmitted();
    const page = await visitor.page(path);
    const poll = page('#progress').attr('hx-get') ?? '';
    expect(page('#progress').attr('hx-trigger')).toMatch(/^every \d+s$/);
    expect(page('.timeline li').first().text()).toContain('预约已提交');
    expect(page('.next').text()).toContain('请等待信息科学与工程学院审批');
    await visitor.agent.get(poll).set('HX-Request', 'true').expect(204);

    await decide(id, { verdict: 'approved' });
    const fragment = await until(async () => {
      const answer = await visitor.agent.get(poll).set('HX-Request', 'true');
      return answer.status === 200 && answer.text.includes('可以来访') && load(answer.text);
    }, 'the approval shows');
    expect(fragment('html > head > title')).toHaveLength(0);
    expect(fragment('.timeline').text()).toContain('通行凭证已生成');
    expect(fragment('a.weui-btn').attr('href')).toMatch(/^\/passes\//);
    expect(fragment('time').first().attr('datetime')).toMatch(/Z$/);
  });

  test('tells a refusal with its reason', async () => {
    const { visitor, path, id } = await aSubmitted();
    await decide(id, await aRefusal(system.owner, '当天有考试'));
    const page = await until(async () => {
      const $ = await visitor.page(path);
      return $('.timeline .is-bad').length > 0 && $;
    }, 'the refusal shows');
    expect(page('.quote').text()).toBe('理由：时间不合适：当天有考试');
    expect(page('#progress').attr('hx-get')).toBeUndefined();
    expect(page('form[action$=cancellation]')).toHaveLength(0);
  });

  test('is cancelled once, with everything undone', async () => {
    const { visitor, path, id } = await aSubmitted();
    await decide(id, { verdict: 'approved' });
    await until(() => system.db('pass').where({ reservation_id: id }).first(), 'a pass');
    const key = (await visitor.page(path))('form[action$=cancellation] [name=key]').attr('value') ?? '';
    await Promise.all([1, 2].map(() => visitor.post(`${path}/cancellation`, { key })));
    await until(async () => (await visitor.page(path))('.badge').text().includes('已取消'), 'it is cancelled');
    const pass = () => system.db('pass').where({ reservation_id: id }).first('revoked_at');
    await until(async () => (await pass()).revoked_at, 'the pass is revoked');
    expect(await system.db('request').where({ reservation_id: id, kind: 'cancel' })).toHaveLength(1);
    await visitor.post(`${path}/cancellation`, { key: randomUUID() }).expect(303);
  });

  test('does not exist for anybody else', async () => {
    const { path, id } = await aSubmitted();
    const other = await new VisitorBrowser(system).settle();
    await other.page(path, 404);
    await other.agent.get(`${path}/progress`).set('HX-Request', 'true').expect(404);
    await other.post(`${path}/cancellation`).expect(404);
    await other.page(`/reservations/${randomUUID()}`, 404);
    await other.page('/reservations/1', 404);
    expect((await reservationsOf(other)).some((one) => one.id === id)).toBe(false);
    expect(await system.db('request').where({ reservation_id: id, kind: 'cancel' })).toHaveLength(0);
  });

  test('a draft never shows', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const [draft] = await reservationsOf(visitor);
    expect((await visitor.page('/reservations'))('.state__title').text()).toBe('还没有预约');
    await visitor.page(`/reservations/${draft?.id}`, 404);
    expect((await visitor.page('/'))('.ticket').text()).toContain('当前暂无行程');
  });
});
