import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyCompanions } from '../../store/companions/companion-erasure.ts';
import { restoreCompanion } from '../../store/companions/removal.ts';
import { readSubmission } from '../../store/reservations/submission.ts';
import {
  agreeAsGuardian,
  answerChallenge,
  declare,
  documentOf,
  invite,
  leaveForm,
  newestGuardianCode,
} from '../../testing/book-pages.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { codesSent, newestCode, newestText, VisitorBrowser } from '../../testing/visitor-browser.ts';

let system: System;
let lead: VisitorBrowser;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  lead = await new VisitorBrowser(system).settle();
});
afterAll(() => system?.stop());

const errorsOf = (html: string) => {
  const $ = load(html);
  return Object.fromEntries(
    $('.field__error')
      .map((_, one) => [[$(one).attr('id')?.slice(6, -6) ?? '', $(one).text()]])
      .get(),
  );
};
/** As if no code had been sent yet. */
const aMinuteLater = () => system.owner('attempt').where({ kind: 'code_phone' }).delete();
const book = (visitor: VisitorBrowser) =>
  system
    .db('companion as c')
    .join('visitor as v', 'v.id', 'c.visitor_id')
    .where({ 'v.phone_hash': system.index('phone', visitor.phone), 'c.removed_at': null })
    .orderBy('c.id')
    .select('c.*');

describe('选择同行访客', () => {
  test('says the guide’s words, and 添加 keeps everything typed in the form', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const party = await leaveForm(visitor, { note: '带一箱样品', host: '王建国', name: '欧阳大满' });
    const $ = await visitor.page(`/companions?party=${party}`);
    expect($('h1').text()).toBe('选择同行访客');
    expect($('[name=phone]').attr('placeholder')).toBe('输入手机号搜索');
    const buttons = $('main form button')
      .map((_, one) => $(one).text())
      .get();
    expect(buttons).toEqual(expect.arrayContaining(['搜索', '添加', '确定']));
    expect($('main').text()).toContain('暂无数据');
    const cancel = $('a:contains("取消")').attr('href') ?? '';
    const form = await visitor.page(cancel);
    expect(form('[name=note]').text()).toBe('带一箱样品');
    expect(form('[name=name]').attr('value')).toBe('欧阳大满');
  });

  test('ticked companions stand in the form with phone masked and state, and can be taken out again', async () => {
    const party = await leaveForm(lead);
    const phone = '17300003227';
    await invite(lead, { name: '李雷', phone, party });
    const declared = await declare(lead, { party, name: '赵大爷' });
    expect(declared.answer.headers.location).toBe(`/companions?party=${party}`);
    const list = await lead.page(`/companions?party=${party}`);
    const ticks = list('[name=companion][checked]')
      .map((_, one) => list(one).attr('value') ?? '')
      .get();
    expect(ticks).toHaveLength(2);
    const chosen = await lead
      .post('/companions/choice', { party, shown: ticks.join(' '), companion: ticks as never, go: 'confirm' })
      .expect(303);
    const form = await lead.page(String(chosen.headers.location));
    const section = form('section[aria-labelledby=party-title]');
    expect(section.text()).toContain('手机号 173****3227');
    expect(section.text()).toContain('待本人完善');
    expect(section.text()).toContain('已就绪');
    expect(section.text()).not.toContain(phone);
    const values = Object.fromEntries(
      form('form[action="/reservations"]')
        .serializeArray()
        .map((one) => [one.name, one.value]),
    );
    const without = await lead.post('/companions/selection', { ...values, remove: ticks[0] ?? '' }).expect(303);
    const left = (await lead.page(String(without.headers.location)))('section[aria-labelledby=party-title]');
    expect(left.text()).not.toContain('173****3227');
    expect(left.text()).toContain('赵大爷');
  });

  test('a search looks in the own book only: registered or not, the answer is the same', async () => {
    const stranger = await new VisitorBrowser(system).settle();
    const other = await new VisitorBrowser(system).settle();
    await invite(other, { name: '韩梅梅', phone: '15900000077' });
    const answers = await Promise.all(
      [stranger.phone, '15900000001', '15900000077'].map((phone) =>
        lead.post('/companions/search', { phone, party: '' }),
      ),
    );
    const [known, unknown, elsewhere] = answers.map(({ status, text }, n) => ({
      status,
      text: text.replaceAll([stranger.phone, '15900000001', '15900000077'][n] ?? '', '#'),
    }));
    expect(known).toEqual(unknown);
    expect(elsewhere).toEqual(unknown);
    expect(known?.text).toContain('您的同行访客中没有这个手机号');
    // And so is that of an invitation.
    const paths = [
      await invite(lead, { name: '某人', phone: stranger.phone }),
      await invite(lead, { name: '某人', phone: '15900000001' }),
    ];
    expect(paths[0]?.length).toBe(paths[1]?.length);
    expect(
      load((await lead.post('/companions/search', { phone: '159 0000 0001', party: '' })).text)('main').text(),
    ).toContain('某人');
  });

  test('another lead’s companion and party are not found', async () => {
    const other = await new VisitorBrowser(system).settle();
    await declare(other, { name: '别人的' });
    const [theirs] = await book(other);
    const party = await leaveForm(other);
    await lead.page(`/companions/${theirs.id}`, 404);
    await lead.page(`/companions?party=${party}`, 404);
    await lead.post(`/companions/${theirs.id}/removal`).expect(404);
    const own = await leaveForm(lead);
    await lead.post('/companions/choice', { party: own, companion: theirs.id, shown: '', go: 'confirm' }).expect(303);
    expect((await system.db('chosen_party').where({ id: own }).first()).companions).toEqual([]);
  });

  test('twenty may come along, twenty-one may not', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const party = await leaveForm(visitor);
    for (let n = 0; n < 21; n += 1) await invite(visitor, { name: '同行人', phone: `1580000${1000 + n}` });
    const ids = (await book(visitor)).map(({ id }) => id as string);
    const choose = (companion: string[]) =>
      visitor.post('/companions/choice', { party, shown: ids.join(' '), companion: companion as never, go: 'confirm' });
    const many = await choose(ids);
    const said = await visitor.agent.get(String(many.headers.location)).expect(422);
    expect(said.text).toContain('一次最多带 20 位同行访客，现在选了 21 位');
    const form = { ...(await visitor.visitForm()), party };
    expect((await visitor.post('/reservations', form).expect(422)).text).toContain('同行访客超过人数上限');
    expect((await choose(ids.slice(0, 20))).headers.location).toContain('/reservations/new');
    expect((await visitor.post('/reservations', form).expect(303)).headers.location).toContain('/reservations/');
  });

  test('a companion who was removed comes back by 撤销 until the next form is sent', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    await declare(visitor, { name: '孙大爷' });
    const [row] = await book(visitor);
    await visitor.post(`/companions/${row.id}/removal`).expect(303);
    expect((await visitor.page('/companions'))('main').text()).toContain('已移除孙大爷');
    await visitor.post(`/companions/${row.id}/restoration`).expect(303);
    expect(await book(visitor)).toHaveLength(1);
    await visitor.post(`/companions/${row.id}/removal`).expect(303);
    await visitor.post('/reservations', await visitor.visitForm()).expect(303);
    expect((await visitor.page('/companions'))('main').text()).not.toContain('孙大爷');
    await visitor.post(`/companions/${row.id}/restoration`).expect(404);
  });
});

describe('somebody without a phone', () => {
  test('needs the lead’s declaration, which is kept as such', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const refused = await declare(visitor, { declared: '', name: '' });
    expect(refused.answer.status).toBe(422);
    expect(errorsOf(refused.answer.text)).toEqual({ name: '姓名不能为空', declared: '请先征得本人同意，并勾选声明' });
    expect(await book(visitor)).toHaveLength(0);
    const { form } = await declare(visitor);
    const [row] = await book(visitor);
    expect(JSON.stringify(row)).not.toMatch(/周奶奶/);
    const consent = await system.db('consent').where({ id: row.consent_id }).first();
    expect(consent).toMatchObject({ purpose: 'companion', subject_id: row.id, visitor_id: row.visitor_id });
    const twice = await visitor.post('/companions', form).expect(422);
    expect(errorsOf(twice.text)).toEqual({ document_number: '这个证件号已在您的同行访客中' });
    const self = await declare(visitor, { document_number: visitor.person.document_number });
    expect(errorsOf(self.answer.text)).toEqual({ document_number: '这是您本人，无需添加' });
  });
});

describe('the link', () => {
  test('is for the invited number and name only, once, and the lead never sees the document', async () => {
    const friend = new VisitorBrowser(system);
    friend.person.name = '韩 梅梅';
    friend.person.document_number = documentOf('19920303');
    friend.person.sex = 'female';
    const path = await invite(lead, { name: '韩梅', phone: friend.phone });
    const token = path.split('/').at(-1) ?? '';
    const kept = JSON.stringify(await system.db('companion_invitation'));
    expect(kept).not.toContain(token);

    const wrong = await new VisitorBrowser(system).settle();
    await wrong.agent.get(path).expect(303);
    expect((await wrong.page('/join'))('[role=alert]').text()).toContain('发给另一个手机号');
    expect((await wrong.post('/join').expect(422)).text).toContain('发给另一个手机号');

    expect((await friend.agent.get(path).expect(303)).headers.location).toBe('/join');
    const start = await friend.page('/join');
    expect(start('main').text()).toContain('欧**满邀请您一起来访河北科技大学');
    await friend.register();
    await friend.page('/join');
    const notice = (await friend.page('/consent'))('[name=notice]').attr('value') ?? '';
    await friend.post('/consent', { notice, answer: 'agree' }).expect(303);
    expect((await friend.post('/profile', { ...friend.person }).expect(303)).headers.location).toBe('/join');
    const otherName = await friend.page('/join');
    expect(otherName('[role=alert]').text()).toContain('与您的资料不一致');
    await friend.post('/join').expect(422);

    const row = (await book(lead)).find(({ phone_hash }) => phone_hash?.equals(system.index('phone', friend.phone)));
    const again = await lead.post(`/companions/${row.id}/invitation`, { name: '韩梅梅' }).expect(303);
    // The earlier link is worthless now.
    await friend.agent.get(path).expect(404);
    const corrected = new URL((await lead.page(String(again.headers.location)))('textarea').text()).pathname;
    await friend.agent.get(corrected).expect(303);
    expect((await friend.post('/join').expect(200)).text).toContain('已加入');
    await friend.agent.get(corrected).expect(404);

    const joined = await system.db('companion').where({ id: row.id }).first();
    expect(joined).toMatchObject({ document_enc: null, document_hash: null });
    const pages = await Promise.all(
      ['/companions', `/companions/${row.id}`, `/companions/${row.id}/invitation`].map((one) => lead.agent.get(one)),
    );
    expect(pages[0]?.text).toContain('已就绪');
    for (const { text } of pages) expect(text).not.toContain(friend.person.document_number.slice(-6));
    // What the lead sends for a companion who joined changes nothing of theirs.
    await lead.post(`/companions/${row.id}`, { ...friend.person, name: '冒名' }).expect(303);
    expect((await friend.page('/profile'))('[name=name]').attr('value')).toBe('韩 梅梅');
  });

  test('is kept through signing out of another account, and nothing else of that account is', async () => {
    const [path, invited] = [await invite(lead, { name: '某某', phone: '15700000021' }), '15700000021'];
    const browser = await new VisitorBrowser(system).settle();
    await browser.agent.get(path).expect(303);
    const leaves = Object.fromEntries(
      (await browser.page('/join'))('form[action="/sign-out"]')
        .serializeArray()
        .map(({ name, value }) => [name, value]),
    );
    const left = await browser.post('/sign-out', leaves).expect(303);
    expect(left.headers.location).toBe('/register?return=%2Fjoin');
    await browser.agent.get('/profile').expect(303);
    const code = await browser.askForCode(invited);
    const $ = await browser.page(String(left.headers.location));
    const signIn = { phone: invited, code, agree: $('[name=agree]').attr('value') ?? '' };
    const entered = await browser.post('/register', { ...signIn, return: $('main [name=return]').attr('value') ?? '' });
    expect(entered.headers.location).toBe('/join');
    expect((await browser.page('/join'))('[aria-current=step]').text()).toBe('阅读并同意须知');
    await browser.agree();
    const filled = { ...browser.person, name: '某某', phone: invited };
    expect((await browser.post('/profile', filled).expect(303)).headers.location).toBe('/join');
    expect((await browser.post('/join').expect(200)).text).toContain('已加入');
  });

  test.each(['revoked', 'over', 'unknown'] as const)('opens nothing when it is %s', async (how) => {
    const phone = { revoked: '15700000001', over: '15700000002', unknown: '15700000003' }[how];
    const path = await invite(lead, { name: '某某', phone });
    const row = (await book(lead)).find(({ phone_hash }) => phone_hash?.equals(system.index('phone', phone)));
    if (how === 'revoked') await lead.post(`/companions/${row.id}/invitation/revocation`).expect(303);
    if (how === 'over') {
      await system
        .owner('companion_invitation')
        .where({ companion_id: row.id })
        .update({ expires_at: new Date(Date.now() - 1000) });
    }
    const asked = how === 'unknown' ? `/join/${'a'.repeat(32)}` : path;
    expect((await lead.page(asked, 404))('main').text()).toContain('邀请已失效');
  });
});

test('a form whose chosen companions are not kept any more says so; sent twice it is one visit', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const party = await leaveForm(visitor);
  await declare(visitor, { party, name: '郑奶奶' });
  const form = { ...(await visitor.visitForm()), note: '带一箱样品' };
  const lapsed = await visitor.post('/reservations', { ...form, party: randomUUID() }).expect(422);
  const $ = load(lapsed.text);
  expect($('#field-companions-error').text()).toContain('请重新添加');
  expect($('[name=note]').val()).toBe('带一箱样品');
  expect($('[name=party]').get()).toEqual([]);
  // 查找 draws the form anew.
  const searched = load((await visitor.post('/reservations/new', { ...form, party: randomUUID() }).expect(200)).text);
  expect(searched('#field-companions-error').text()).toContain('请重新添加');

  const sent = await visitor.post('/reservations', { ...form, party }).expect(303);
  const again = await visitor.post('/reservations', { ...form, party }).expect(303);
  expect(again.headers.location).toBe(sent.headers.location);
});

test('ready companions are copied, the others awaited; one who joins later is frozen and announced', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const late = new VisitorBrowser(system);
  Object.assign(late.person, { name: '钱晚来', document_number: documentOf('19950505'), sex: 'female' });
  const party = await leaveForm(visitor);
  const path = await invite(visitor, { name: '钱晚来', phone: late.phone, party });
  await declare(visitor, { party, name: '吴奶奶' });
  const sent = await visitor.post('/reservations', { ...(await visitor.visitForm()), party }).expect(303);
  const reservation = String(sent.headers.location).split('/').at(-1) ?? '';
  const row = await until(
    () => system.db('reservation').where({ id: reservation }).whereNotNull('submission_id').first(),
    'it is admitted',
  );
  const submission = await readSubmission(system.db, system.cipher, row.submission_id);
  expect(
    submission?.people.map(({ ordinal, name, phone, visitor: account }) => [ordinal, name, phone, account !== null]),
  ).toEqual([
    [0, '欧阳小满', visitor.phone, true],
    [2, '吴奶奶', null, false],
  ]);
  expect(submission?.awaited).toMatchObject([{ ordinal: 1, name: '钱晚来' }]);
  expect(await system.db('chosen_party').where({ id: party })).toHaveLength(0);

  // A visitor who copies the visit need not pick them again; for another new visit they do.
  const copied = await visitor.page(`/reservations/new?channel=personal&copy=${reservation}`);
  const partyIn = ($: typeof copied) => $('section[aria-labelledby=party-title]').text();
  expect(partyIn(copied)).toMatch(/钱晚来|吴奶奶/);
  expect(copied('[name=party]').attr('value')).toMatch(/^[0-9a-f-]{36}$/);
  expect(partyIn(await visitor.page('/reservations/new?channel=personal'))).not.toContain('吴奶奶');

  await late.agent.get(path).expect(303);
  await late.register();
  await late.agree();
  await late.post('/profile', { ...late.person }).expect(303);
  await late.post('/join').expect(200);
  const after = await readSubmission(system.db, system.cipher, row.submission_id);
  expect(after?.awaited).toEqual([]);
  expect(after?.people.find(({ ordinal }) => ordinal === 1)).toMatchObject({ name: '钱晚来', phone: late.phone });
  const requests = await system.db('request').where({ reservation_id: reservation, kind: 'person_ready' });
  expect(requests.map(({ payload }) => payload)).toEqual([{ submission: row.submission_id, ordinal: 1 }]);

  // And out again, by their own wish.
  const membership = (await late.page('/companions'))('form[action*=withdrawal]').attr('action') ?? '';
  await late.post(membership).expect(303);
  expect(await system.db('request').where({ reservation_id: reservation, kind: 'remove_person' })).toHaveLength(1);
});

describe('a companion who takes their word back', () => {
  async function aMember(visitor: VisitorBrowser, name: string) {
    const party = await leaveForm(visitor);
    const member = new VisitorBrowser(system);
    Object.assign(member.person, { name, document_number: documentOf('19930303'), sex: 'female' });
    const path = await invite(visitor, { name, phone: member.phone, party });
    await member.agent.get(path).expect(303);
    await member.register();
    await member.agree();
    await member.post('/profile', { ...member.person }).expect(303);
    await member.post('/join').expect(200);
    const [row] = await system.db('companion').where({ phone_hash: system.index('phone', member.phone) });
    const consent = () =>
      system.db('consent').where({ visitor_id: row.member_id, purpose: 'companion', subject_id: row.id }).first();
    return { member, party, companion: row.id as string, consent };
  }
  const submit = async (visitor: VisitorBrowser, party: string) => {
    const sent = await visitor.post('/reservations', { ...(await visitor.visitForm()), party }).expect(303);
    const reservation = String(sent.headers.location).split('/').at(-1) ?? '';
    const row = await until(
      () => system.db('reservation').where({ id: reservation }).whereNotNull('submission_id').first(),
      'it is admitted',
    );
    return readSubmission(system.db, system.cipher, row.submission_id);
  };

  test.each(['my-data', 'membership'])('by %s is out of the lead’s book and cannot be submitted', async (way) => {
    const visitor = await new VisitorBrowser(system).settle();
    const { member, party, companion, consent } = await aMember(visitor, '朱退出');
    const leaving =
      way === 'my-data'
        ? `/my-data/consents/${(await consent()).id}/withdrawal`
        : `/companions/memberships/${companion}/withdrawal`;
    await member.post(leaving).expect(303);
    expect((await consent()).withdrawn_at).not.toBeNull();
    expect((await system.db('companion').where({ id: companion }).first()).removed_at).not.toBeNull();
    expect((await visitor.page('/companions'))('main').text()).not.toContain('朱退出');
    const submission = await submit(visitor, party);
    expect([submission?.people.map(({ name }) => name), submission?.awaited]).toEqual([['欧阳小满'], []]);
  });
});

test('a book holds five hundred people, in whichever way they are added', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const party = await leaveForm(visitor);
  await declare(visitor, { name: '孙大爷' });
  const [first] = await book(visitor);
  const added = Array.from({ length: 499 }, () => {
    const id = randomUUID();
    const name_enc = system.cipher.seal({ table: 'companion', column: 'name_enc', row: id }, '客');
    return { id, visitor_id: first.visitor_id, name_enc };
  });
  await system.owner('companion').insert(added);
  const { answer } = await declare(visitor, { name: '李大爷' });
  expect([answer.status, errorsOf(answer.text).name]).toEqual([422, expect.stringContaining('500')]);
  const invited = await visitor
    .post('/companions/invitations', { party, name: '某某', phone: '15700000011' })
    .expect(422);
  expect(errorsOf(invited.text).name).toContain('500');
  // One more goes out, one comes in; a person who was taken out does not come back besides.
  await system.owner('companion').where({ id: added[0]?.id }).update({ removed_at: new Date() });
  await visitor.post(`/companions/${first.id}/removal`).expect(303);
  await declare(visitor, { name: '李大爷' });
  await declare(visitor, { name: '王大爷' });
  await visitor.post(`/companions/${first.id}/restoration`).expect(303);
  expect((await system.db('companion').where({ id: first.id }).first()).removed_at).not.toBeNull();
});

test('a row that was erased is not offered back, and does not come back', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  await declare(visitor, { name: '孙大爷' });
  const [row] = await book(visitor);
  await visitor.post(`/companions/${row.id}/removal`).expect(303);
  await emptyCompanions(system.db, [row.id]);
  expect((await visitor.page('/companions'))('form[action*=restoration]')).toHaveLength(0);
  await visitor.post(`/companions/${row.id}/restoration`).expect(404);
  expect(await restoreCompanion(system.db, system, { id: row.id, lead: row.visitor_id, phone: null })).toBe(false);
  expect(await book(visitor)).toHaveLength(0);
});

test('five forms at most wait for their visitor, the newest', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const parties: string[] = [];
  for (let n = 0; n < 6; n += 1) parties.push(await leaveForm(visitor));
  const kept = await system.db('chosen_party').whereIn('id', parties).orderBy('id').pluck('id');
  expect(kept).toEqual(parties.slice(1));
});

describe('under fourteen', () => {
  test('a child waits for a guardian’s own code; without it there is no copy', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const party = await leaveForm(visitor);
    const { answer } = await declare(visitor, { party, name: '李小童', document_number: documentOf('20180601') });
    const step = String(answer.headers.location);
    expect(step).toMatch(/^\/guardians\/new\?for=/);
    const [row] = await book(visitor);
    expect((await visitor.page('/companions'))('main').text()).toContain('待监护人同意');
    const $ = await visitor.page(step);
    expect($('main').text()).toContain('未满十四周岁未成年人信息处理规则');
    const agree = $('[name=agree]').attr('value') ?? '';
    const guardian = { for: row.id, name: '李父', phone: '15811110000', agree, party };
    await visitor.post('/guardians', { ...guardian, code: '000000' }).expect(422);
    const { challenge } = await answerChallenge(visitor, step);
    await visitor.post('/guardians/code', { ...guardian, challenge }).expect(200);
    const code = await newestGuardianCode(system, '15811110000');
    // The guardian may read it out, so it must say what for; and a text names nobody.
    const text = await newestText(system, '15811110000');
    expect(text).toContain(`同意一名未满14周岁的孩子来访。如同意，请在孩子的来访页面填写验证码${code}`);
    expect(text).not.toMatch(/请勿告诉他人|李/);
    expect((await visitor.post('/guardians', { ...guardian, code, agree: '' }).expect(422)).text).toContain(
      '请监护人阅读并勾选同意',
    );
    expect((await visitor.post('/guardians', { ...guardian, code }).expect(303)).headers.location).toBe(
      `/companions?party=${party}`,
    );
    expect((await visitor.page('/companions'))('main').text()).toContain('已就绪');
    const kept = await system.db('guardian').where({ visitor_id: row.visitor_id }).first();
    const consent = await system.db('consent').where({ id: kept.consent_id }).first();
    expect(consent).toMatchObject({ purpose: 'guardian', subject_id: row.id });
    expect(JSON.stringify(kept)).not.toMatch(/李父|15811110000/);
  });

  test('the number that the child has itself proves no guardian, the lead’s own does', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const phone = '15811110001';
    const { answer } = await declare(visitor, { name: '李小童', phone, document_number: documentOf('20180601') });
    const step = String(answer.headers.location);
    const [row] = await book(visitor);
    const agree = (await visitor.page(step))('[name=agree]').attr('value') ?? '';
    const guardian = { for: row.id, name: '李父', agree };
    for (const [path, more] of [
      ['/guardians/code', {}],
      ['/guardians', { code: '123456' }],
    ] as const) {
      const refused = await visitor.post(path, { ...guardian, phone, ...more }).expect(422);
      expect(errorsOf(refused.text)).toEqual({ phone: '请填写监护人自己的手机号，不能是孩子的手机号' });
    }
    expect(await codesSent(system, phone)).toEqual([]);
    await aMinuteLater();
    await agreeAsGuardian(system, visitor, { child: row.id, phone: visitor.phone });
    expect((await visitor.page('/companions'))('main').text()).toContain('已就绪');
  });

  test('a code is good for what it was sent for, and for the phone that it was sent to', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const { answer } = await declare(visitor, { name: '李小童', document_number: documentOf('20180601') });
    const step = String(answer.headers.location);
    const [row] = await book(visitor);
    const agree = (await visitor.page(step))('[name=agree]').attr('value') ?? '';
    const guardian = { for: row.id, name: '李父', agree };
    const terms = (await new VisitorBrowser(system).page('/register'))('[name=agree]').attr('value') ?? '';
    const [mother, father] = ['15811110002', '15811110003'];

    // One and the same browser, so that nothing but purpose and phone differ.
    await visitor.post('/register/code', { phone: mother, ...(await answerChallenge(visitor, step)) }).expect(200);
    const forLogin = await newestCode(system, mother);
    const refused = await visitor.post('/guardians', { ...guardian, phone: mother, code: forLogin }).expect(422);
    expect(errorsOf(refused.text)).toEqual({ code: expect.stringContaining('验证码') });

    await aMinuteLater();
    await visitor
      .post('/guardians/code', { ...guardian, phone: father, ...(await answerChallenge(visitor, step)) })
      .expect(200);
    const forGuardian = await newestGuardianCode(system, father);
    await visitor.post('/guardians', { ...guardian, phone: mother, code: forGuardian }).expect(422);
    await visitor.post('/register', { phone: father, code: forGuardian, agree: terms }).expect(422);
    await visitor.post('/guardians', { ...guardian, phone: father, code: forGuardian }).expect(303);
    expect(await system.db('guardian').where({ visitor_id: row.visitor_id })).toHaveLength(1);
  });

  test('the child’s own account: its own number proves no guardian', async () => {
    const child = new VisitorBrowser(system);
    Object.assign(child.person, { name: '王小小', document_number: documentOf('20180701'), sex: 'female' });
    await child.register();
    await child.agree();
    expect((await child.post('/profile', { ...child.person }).expect(303)).headers.location).toBe(
      '/guardians/new?for=person',
    );
    expect((await child.agent.get('/reservations/new?channel=personal').expect(303)).headers.location).toBe(
      '/guardians/new?for=person',
    );
    const agree = (await child.page('/guardians/new?for=person'))('[name=agree]').attr('value') ?? '';
    const own = await child.post('/guardians', {
      for: 'person',
      name: '王父',
      phone: child.phone,
      code: '123456',
      agree,
    });
    expect(errorsOf(own.text)).toEqual({ phone: '请填写监护人自己的手机号，不能是孩子的手机号' });
  });
});
