import { randomUUID } from 'node:crypto';
import { type CheerioAPI, load } from 'cheerio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSubmission } from '../../store/reservations/submission.ts';
import { aDeclaredCompanion, anInvitedCompanion } from '../../testing/companions.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

/** Somebody books for a person without a phone and stays at home. */

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
});
afterAll(() => system?.stop());

async function aBooker(name = '张小三') {
  const booker = new VisitorBrowser(system);
  booker.person.name = name;
  await booker.settle();
  const { id } = await system
    .db('visitor')
    .where({ phone_hash: system.index('phone', booker.phone) })
    .first('id');
  return { booker, lead: id as string };
}
const choicesIn = ($: CheerioAPI) =>
  $('select[name=visiting] option')
    .map((_, one) => $(one).text())
    .get();
const submissionOf = async (reservation: string) => {
  const row = await until(
    () => system.db('reservation').where({ id: reservation }).whereNotNull('submission_id').first(),
    'it is admitted',
  );
  return readSubmission(system.db, system.cipher, row.submission_id);
};

test('without anybody to book for, the form only leads to the book, with everything typed', async () => {
  const { booker, lead } = await aBooker();
  await anInvitedCompanion(system, lead, { name: '李雷', phone: '15800007777' });
  await aDeclaredCompanion(system, lead, { name: '未同意', agreed: false });
  const $ = await booker.page('/reservations/new?channel=personal');
  expect($('select[name=visiting]')).toHaveLength(0);
  expect($('button:contains("为没有手机的家人预约")').attr('formaction')).toBe('/companions/selection');
});

test('a grandmother’s pass is in the hands of the person who booked, who gets the message and prints it', async () => {
  const { booker, lead } = await aBooker();
  const grandmother = await aDeclaredCompanion(system, lead, { name: '周奶奶' });
  const form = await booker.visitForm();
  expect(choicesIn(await booker.page('/reservations/new?channel=personal'))).toEqual(['本人', '周奶奶 · E0*****77']);

  // Scripts off: the button draws the form again, with the person's data masked and everything else kept.
  const typed = { ...form, visiting: grandmother, note: '看望老同事' };
  const asked = { ...typed, redraw: 'visiting', name: '只是打错' };
  const drawn = load((await booker.post('/reservations/new?channel=personal', asked).expect(200)).text);
  const section = drawn('section[aria-labelledby=person-title]');
  expect(section.find('.facts').text().replace(/\s+/g, ' ')).toContain('姓名周奶奶 手机号没有手机号 护照E0*****77');
  expect(section.text()).toContain('门岗会核验来访人的证件原件');
  expect(section.find('div[hidden] [name=name]').attr('value')).toBe('只是打错');
  expect(drawn('[name=note]').text()).toBe('看望老同事');

  const sent = await booker.post('/reservations', { ...typed, name: '' }).expect(303);
  const reservation = String(sent.headers.location).split('/').at(-1) ?? '';
  const submission = await submissionOf(reservation);
  expect(submission?.people).toMatchObject([
    { ordinal: 0, name: '周奶奶', phone: null, visitor: null, person: null, companion: grandmother },
  ]);
  const consent = await system.db('consent').where({ id: submission?.people[0]?.consent }).first();
  expect(consent).toMatchObject({ purpose: 'companion', visitor_id: lead, subject_id: grandmother });
  // A mistake in the visitor's own details does not matter here.
  expect((await booker.page('/profile'))('[name=name]').attr('value')).toBe('张小三');

  const task = await until(() => system.db('task').where({ reservation_id: reservation }).first(), 'the task');
  const approver = await staffBrowser(system.web, 'approver');
  const page = load((await approver.get(`/inbox/${task.id}`).expect(200)).text);
  const phone = `${booker.phone.slice(0, 3)}****${booker.phone.slice(-4)}`;
  expect(page('#booker').text()).toBe(`由 张*三 代为预约（${phone}），来访人没有手机`);
  expect(page('h1').text()).toContain('周奶奶');
  await approver
    .post(`/inbox/${task.id}/decision`)
    .type('form')
    .send({ request: randomUUID(), verdict: 'approved' })
    .expect(303);

  const pass = await until(() => system.db('pass').where({ reservation_id: reservation }).first(), 'a pass');
  expect((await booker.page(`/passes/${pass.id}`))('.ticket__name').text()).toBe('周*奶');
  const paper = await booker.page(`/passes/${pass.id}/print`);
  expect(paper('.paper__where').text()).toContain('周*奶');
  expect(paper('.paper__id').text()).toMatch(/证件/);
  expect((await booker.page(`/reservations/${reservation}`))('main').text()).toContain('由您代为预约，您本人不来访');
  const message = await until(
    () => system.db('message').where({ reservation_id: reservation, kind: 'approved' }).first(),
    'the booker is told',
  );
  expect(message.visitor_id).toBe(lead);

  // She is inside, and the person who booked sits at home.
  await system.owner('gate_event').insert({
    id: randomUUID(),
    reservation_id: reservation,
    ordinal: 0,
    gate_id: 'south',

    direction: 'in',
    method: 'qr',
    occurred_at: new Date(),
  });
  const inside = (await booker.page(`/reservations/${reservation}`))('main').text();
  expect(inside).toMatch(/周奶奶正在校内，请提醒其在 .* 前离校/);
  expect(inside).not.toContain('您正在校内');
});

test('the same hours are free for the booker, and taken for the grandmother', async () => {
  const { booker, lead } = await aBooker();
  const grandmother = await aDeclaredCompanion(system, lead, { name: '周奶奶' });
  const first = await booker.visitForm();
  await booker.post('/reservations', { ...first, visiting: grandmother }).expect(303);
  const own = { ...first, key: randomUUID(), visiting: '' };
  await booker.post('/reservations', own).expect(303);
  const again = await booker.post('/reservations', { ...first, key: randomUUID(), visiting: grandmother });
  expect(again.status).toBe(422);
  expect(again.text).toContain('您在该园区已有时间重叠的预约');
});

test('nobody books for a person of another book, nor for a person who is not ready', async () => {
  const { booker, lead } = await aBooker();
  const other = await aBooker('李小四');
  const form = await booker.visitForm();
  for (const visiting of [
    await aDeclaredCompanion(system, other.lead),
    await aDeclaredCompanion(system, lead, { agreed: false }),
    await aDeclaredCompanion(system, lead, { declared: { birthDay: '2020-01-01', document: 'E00000078' } }),
    randomUUID(),
    'nonsense',
  ]) {
    const refused = await booker.post('/reservations', { ...form, key: randomUUID(), visiting });
    expect(refused.status, visiting).toBe(422);
    expect(load(refused.text)('#field-visiting-error').text()).toContain('此来访人现在不能预约');
  }
  expect(
    await system.db('submission as s').join('reservation as r', 'r.id', 's.reservation_id').where({ visitor_id: lead }),
  ).toEqual([]);
});

test('a person taken out of the book everywhere does not come: a visit booked for them ends', async () => {
  const { booker, lead } = await aBooker();
  const grandmother = await aDeclaredCompanion(system, lead);
  const sent = await booker.post('/reservations', { ...(await booker.visitForm()), visiting: grandmother }).expect(303);
  const reservation = String(sent.headers.location).split('/').at(-1) ?? '';
  await until(() => system.db('task').where({ reservation_id: reservation }).first(), 'the task');
  await booker.post(`/companions/${grandmother}/removal`, { everywhere: 'yes' }).expect(303);
  await until(
    async () => (await system.db('reservation').where({ id: reservation }).first()).outcome === 'cancelled',
    'it is cancelled',
  );
});
