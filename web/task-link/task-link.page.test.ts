import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import supertest from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeTaskLink } from '../../store/approval/task-link.ts';
import { saveStaffContact } from '../../store/messages/staff-contact.ts';
import { freezePerson } from '../../store/reservations/submission.ts';
import { resetPassword, setPassword } from '../../store/staff/staff-password.ts';
import { aDeclaredCompanion } from '../../testing/companions.ts';
import { aRefusal } from '../../testing/refusing.ts';
import { aSubmittedReservation, aWaitingTask, somebody } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { aSubmittedPerson } from '../../testing/submitted.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';

let system: System;
let approver: string;
let other: string;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  approver = (await system.owner('staff').where({ username: 'approver' }).first()).id;
  other = (await system.owner('staff').where({ username: 'approver2' }).first()).id;
});
afterAll(() => system?.stop());
beforeEach(() => system.owner('attempt').delete());

let last = 13_100_000_000;
const who = () => ({ ...somebody, phone: String(++last), document: `11019919900101${String(last).slice(-4)}` });
const browser = () => supertest.agent(system.web).set('Origin', system.web);
type Browser = ReturnType<typeof browser>;

/** A link to a task that no workflow runs: enough for everything that decides nothing. */
async function aLink() {
  const waiting = await aWaitingTask(system, { who: who() });
  const token = await makeTaskLink(system.db, { staff: approver, task: waiting.task, sentTo: 'a***@example.edu' });
  if (!token) throw new Error('No link was made');
  return { ...waiting, token, at: `/t/${token}` };
}
/** The form of the page, with the mark that it was drawn with. */
async function formAt(agent: Browser, at: string) {
  const page = load((await agent.get(at)).text);
  expect(page('.field--marked'), 'nobody has marked a field').toHaveLength(0);
  return { mark: String(page('[name=mark]').val() ?? '') };
}
const decisions = (reservation: string) => system.owner('decision').where({ reservation_id: reservation });
const right = { verdict: 'approved', reason: '', username: 'approver' };

describe('an approver decides from the mail', () => {
  test('with a choice and the user name, once; afterwards the link says so, and the audit says which link it was', async () => {
    await saveStaffContact(system.db, system.cipher, approver, {
      email: 'approver@example.edu',
      language: 'zh-CN',
      digest: false,
      quiet: false,
    });
    const { reservation, task } = await aSubmittedReservation(system, { who: who() });
    const box = `${system.sandbox}/inspect/mails?address=approver@example.edu`;
    const mail = await until(
      async () => ((await (await fetch(box)).json()) as { text: string; html: string }[])[0],
      'the mail is there',
    );
    const at = new URL(/http\S+\/t\/[\w-]{43}/.exec(mail.text)?.[0] ?? '').pathname;
    expect(mail.html).toContain(at);
    const agent = browser();
    const page = await agent.get(at).expect(200);
    expect(page.text).toContain('欧**满');
    expect(page.text).not.toMatch(/欧阳小满|110199|1310000|京A/);
    const form = await formAt(agent, at);
    const both = await Promise.all(
      [1, 2].map(() =>
        agent
          .post(at)
          .type('form')
          .send({ ...right, ...form }),
      ),
    );
    expect(both.map(({ status }) => status)).toEqual([303, 303]);
    const [decision, ...more] = await until(async () => {
      const found = await decisions(reservation);
      return found.length > 0 && found;
    }, 'it is decided');
    expect(more).toEqual([]);
    expect(decision).toMatchObject({ staff_id: approver, verdict: 'approved', via: 'own' });
    await until(
      async () => (await system.owner('reservation').where({ id: reservation }).first()).stage === 'visit' || undefined,
      'the visit is approved',
    );
    const again = load((await browser().get(at).expect(200)).text);
    expect(again('#decided').text()).toMatch(/^您已于 \d{4}-\d\d-\d\d \d\d:\d\d 同意此预约。$/);
    expect(again('form[action^="/t/"]')).toHaveLength(0);
    const late = await agent
      .post(at)
      .type('form')
      .send({ ...right, ...form, ...(await aRefusal(system.owner, '那天不便')) })
      .expect(409);
    const told = load(late.text);
    expect(told('[role=alert]').text()).toBe('您这次提交的意见没有记录。');
    expect(told('#decided').text()).toMatch(/^您已于 .* 同意此预约。$/);
    expect(told('[aria-labelledby=unsent]').text()).toContain('那天不便');
    const same = await agent
      .post(at)
      .type('form')
      .send({ ...right, ...form })
      .expect(303);
    expect(same.headers.location).toBe(at);
    expect(await decisions(reservation)).toHaveLength(1);
    const [act, ...acts] = await system.owner('audit').where({ subject_id: reservation, actor_id: approver });
    expect(acts).toEqual([]);
    expect(act.detail).toMatchObject({ task, link_sent_to: 'a***@example.edu' });
    const admin = await staffBrowser(system.web, 'admin');
    for (const path of [`/admin/reservations/${reservation}`, '/admin/audit?action=task_approved']) {
      const words = load((await admin.get(path).expect(200)).text)('main').text();
      expect(words, path).toContain('通过发送至 a***@example.edu 的一次性链接');
    }
    const token = at.slice(3);
    for (const table of ['task_link', 'audit', 'request', 'staff_message', 'staff_letter'])
      expect(JSON.stringify(await system.owner(table))).not.toContain(token);
  });
});

test('a refusal by a link has its reason from the same list, or is told at the field', async () => {
  const { at, reservation } = await aLink();
  const agent = browser();
  const form = { ...(await formAt(agent, at)), ...(await aRefusal(system.owner)), username: 'approver' };
  const send = (change: object) =>
    agent
      .post(at)
      .type('form')
      .send({ ...form, ...change });
  const $ = load((await send({ refused_for: '', reason: '不便' }).expect(422)).text);
  expect($('#field-refused_for-error').text()).toBe('请选择不同意的原因');
  expect($('#field-reason').val()).toBe('不便');
  await send({}).expect(303);
  const [decision] = await decisions(reservation);
  expect(decision).toMatchObject({ refused_for: form.refused_for, refused_words: { 'zh-CN': '时间不合适' } });
  const [act] = await system.owner('audit').where({ subject_id: reservation, actor_id: approver });
  expect(act.detail).toMatchObject({ for: form.refused_for, link_sent_to: 'a***@example.edu' });
});

describe('a link decides nothing', () => {
  test('on something else than its page had shown', async () => {
    const { at, reservation, submission, visitor } = await aLink();
    const agent = browser();
    const form = { ...right, ...(await formAt(agent, at)) };
    const page = load((await agent.get(at)).text);
    const { id: consent } = await system.db('consent').where({ visitor_id: visitor }).first('id');
    const companion = await aDeclaredCompanion(system, visitor);
    const details = { ordinal: 1, person: null, personVersion: null, visitor: null, consent, companion };
    await freezePerson(
      system.db,
      system,
      { id: submission, reservation },
      aSubmittedPerson({ ...details, name: '同行' }),
    );
    const seen = page('[name=seen]').val();
    const told = await agent
      .post(at)
      .type('form')
      .send({ ...form, seen })
      .expect(409);
    expect(load(told.text)('[role=alert]').text()).toContain('申请内容有变化');
    expect(await decisions(reservation)).toEqual([]);
    const [link] = await system.owner('task_link').orderBy('made_at', 'desc');
    expect(link.used_at).toBeNull();
  });

  test.each(['a change', 'a reset'])('after %s of the person’s password', async (how) => {
    const { at, reservation } = await aLink();
    const agent = browser();
    const form = await formAt(agent, at);
    const { password_hash: hash } = await system.owner('staff').where({ id: approver }).first();
    await system.db.transaction(async (trx) => {
      if (how === 'a change') await setPassword(trx, { staff: approver, hash, verified: hash });
      else await resetPassword(trx, approver);
    });
    await system.owner('staff').where({ id: approver }).update({ password_hash: hash });
    expect(load((await browser().get(at).expect(200)).text)('#login-instead')).toHaveLength(1);
    const late = await agent
      .post(at)
      .type('form')
      .send({ ...right, ...form, reason: '已核对' })
      .expect(410);
    expect(load(late.text)('[role=alert]').text()).toBe('您这次提交的意见没有记录。');
    expect(load(late.text)('[aria-labelledby=unsent]').text()).toContain('已核对');
    expect(await decisions(reservation)).toEqual([]);
    // A mail that goes out afterwards has a link that is good.
    expect(
      load(
        (
          await browser()
            .get((await aLink()).at)
            .expect(200)
        ).text,
      )('#login-instead'),
    ).toHaveLength(0);
  });

  test('by being looked at, nor tells anybody its address', async () => {
    const { at, reservation } = await aLink();
    for (const ask of ['get', 'head', 'get'] as const) {
      const seen = await browser()[ask](at).expect(200);
      expect(seen.headers['referrer-policy']).toBe('strict-origin');
      expect(seen.headers['cache-control']).toBe('no-store');
    }
    expect(await decisions(reservation)).toEqual([]);
  });

  test('for a scanner that keeps cookies, presses every button and sends every choice, with every word of the page', async () => {
    const { at, reservation } = await aLink();
    const agent = browser();
    const form = await formAt(agent, at);
    const words = ['', '王', '欧**满', form.mark.slice(0, 20)];
    for (const verdict of ['', 'approved', 'rejected']) {
      for (const username of words.slice(0, verdict === 'approved' ? 3 : 1)) {
        await agent
          .post(at)
          .type('form')
          .send({ ...form, verdict, username, reason: 'x' })
          .expect(422);
      }
    }
    expect(await decisions(reservation)).toEqual([]);
  });

  test('for a form that was not drawn in this browser', async () => {
    const { at, reservation } = await aLink();
    const drawn = await formAt(browser(), at);
    await browser()
      .post(at)
      .type('form')
      .send({ ...right, ...drawn })
      .expect(403);
    const agent = browser();
    await formAt(agent, at);
    await agent
      .post(at)
      .type('form')
      .send({ ...right, ...drawn })
      .expect(403);
    await agent
      .post(at)
      .type('form')
      .send({ ...right, mark: '' })
      .expect(403);
    expect(await decisions(reservation)).toEqual([]);
  });

  test('for another site', async () => {
    const { at, reservation } = await aLink();
    const agent = browser();
    const form = await formAt(agent, at);
    const sent = agent.post(at).set('Sec-Fetch-Site', 'cross-site').type('form');
    await sent.send({ ...right, ...form }).expect(403);
    expect(await decisions(reservation)).toEqual([]);
  });

  test('for somebody who guesses the user name: after five it is worthless, also with the right one', async () => {
    const { at, reservation } = await aLink();
    const agent = browser();
    const form = await formAt(agent, at);
    const guess = (username: string) =>
      agent
        .post(at)
        .type('form')
        .send({ ...right, ...form, username });
    for (const name of ['admin', 'wang', 'li', 'zhao', 'qian']) await guess(name).expect(422);
    const late = await guess('approver').expect(410);
    expect(load(late.text)('#login-instead')).toHaveLength(1);
    expect(await decisions(reservation)).toEqual([]);
  });

  test('for an address that nobody made', async () => {
    await browser()
      .get(`/t/${'a'.repeat(43)}`)
      .expect(404);
    await browser().get('/t/short').expect(404);
  });
});

describe('a link is dead once', () => {
  test.each<[string, (of: Awaited<ReturnType<typeof aLink>>) => Promise<unknown>]>([
    [
      'the task is for somebody else',
      ({ task }) =>
        system
          .owner('task')
          .where({ id: task })
          .update({ people: [other] }),
    ],
    [
      'the task has other people, with its owner among them',
      ({ task }) =>
        system
          .owner('task')
          .where({ id: task })
          .update({ people: [other, approver] }),
    ],
    ['its round is another', ({ task }) => system.owner('task').where({ id: task }).update({ round: 1 })],
    [
      'the task is taken back',
      ({ task }) => system.owner('task').where({ id: task }).update({ status: 'withdrawn', closed_at: new Date() }),
    ],
    ['a second signature is needed', ({ task }) => secondTask(task)],
    [
      'its time is over',
      ({ task }) =>
        system
          .owner('task_link')
          .where({ task_id: task })
          .update({ expires_at: new Date(Date.now() - 1) }),
    ],
    ['its person has left', () => system.owner('staff').where({ id: approver }).update({ left_at: new Date() })],
    [
      'its person may see whole document numbers',
      () => system.owner('staff').where({ id: approver }).update({ may_unmask: true }),
    ],
    [
      'its person has a second factor',
      () =>
        system
          .owner('staff_second_factor')
          .insert({ staff_id: approver, secret_enc: Buffer.alloc(1), confirmed_at: new Date() }),
    ],
    [
      'its person stands for the security desk',
      () => system.owner('staff_role').insert({ staff_id: approver, role: 'security' }),
    ],
    [
      'its person has somebody standing in',
      () =>
        system.owner('delegation').insert({
          staff_id: approver,
          delegate_id: other,
          from_at: new Date(Date.now() - 1_000),
          until_at: new Date(Date.now() + 3_600_000),
        }),
    ],
  ])('%s', async (why, change) => {
    const link = await aLink();
    const agent = browser();
    const form = await formAt(agent, link.at);
    expect(form.mark).not.toBe('');
    try {
      await change(link);
      const page = load((await agent.get(link.at).expect(200)).text);
      expect(page('#login-instead').text()).toContain('登录');
      expect(page(`a[href="/inbox/${link.task}"]`)).toHaveLength(1);
      await agent
        .post(link.at)
        .type('form')
        .send({ ...right, ...form })
        .expect(410);
      expect(await decisions(link.reservation)).toEqual([]);
      // And none is made any more.
      const ask = { staff: approver, task: link.task, sentTo: 'a***' };
      const another = /other people|time|round/.test(why);
      expect((await makeTaskLink(system.db, ask)) !== undefined).toBe(another);
    } finally {
      await system.owner('staff').where({ id: approver }).update({ left_at: null, may_unmask: false });
      await system.owner('staff_role').where({ staff_id: approver, role: 'security' }).delete();
      await system.owner('delegation').delete();
      await system.owner('staff_second_factor').delete();
    }
  });

  async function secondTask(task: string) {
    const { decision_id: _decision, ...row } = await system.owner('task').where({ id: task }).first();
    await system.owner('task').insert({ ...row, id: randomUUID(), ordinal: 1 });
  }

  test('somebody decided: it says who and when', async () => {
    const link = await aLink();
    const request = randomUUID();
    const { reservation } = link;
    await system.owner('request').insert({
      id: request,
      reservation_id: reservation,
      kind: 'decide',
      actor_kind: 'staff',
      actor_id: other,
      payload: JSON.stringify({ task: link.task, verdict: 'approved' }),
      status: 'answered',
      answer: JSON.stringify({ ok: true, stage: 'closed', seq: 3 }),
    });
    const decision = {
      request_id: request,
      reservation_id: reservation,
      staff_id: other,
      verdict: 'approved',
      via: 'own',
    };
    await system.owner('decision').insert(decision);
    const agent = browser();
    const page = load((await agent.get(link.at).expect(200)).text);
    expect(page('#decided').text()).toMatch(/ 已于 \d{4}-\d\d-\d\d \d\d:\d\d 同意此预约，您无需处理。$/);
    expect(page('form[action^="/t/"]')).toHaveLength(0);
    await agent.post(link.at).type('form').send(right).expect(410);
    expect(await decisions(reservation)).toHaveLength(1);
    // It is taken back: the task waits again, and the link opens it.
    await system.owner('request').insert({
      id: randomUUID(),
      reservation_id: reservation,
      kind: 'withdraw_decision',
      actor_kind: 'staff',
      actor_id: other,
      payload: JSON.stringify({ task: link.task, decision: request }),
      status: 'answered',
      answer: JSON.stringify({ ok: true, stage: 'approval', seq: 4 }),
    });
    const again = load((await agent.get(link.at).expect(200)).text);
    expect(again('#decided')).toHaveLength(0);
    expect(again('form[action^="/t/"]')).toHaveLength(1);
  });
});
