import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayOf } from '../../domain/time.ts';
import { addCompanion } from '../../store/companions/book-entry.ts';
import { currentNotice } from '../../store/content/notice.ts';
import { readCredentials } from '../../store/passes/pass.ts';
import { keepBinding } from '../../store/passes/phone-binding.ts';
import { readVisitCode } from '../../store/passes/visit-code.ts';
import { takeCash } from '../../store/payments/order.ts';
import { giveConsent } from '../../store/people/consent.ts';
import { addGuardian, giveCompanionGuardian } from '../../store/people/guardian.ts';
import { giveGuardian } from '../../store/people/person.ts';
import { savePhoto } from '../../store/people/photo.ts';
import { bindOpenid } from '../../store/people/visitor.ts';
import {
  aSubmittedReservation,
  aVisitor,
  aWaitingTask,
  comesAlong,
  type Somebody,
} from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { aSubmittedPerson } from '../../testing/submitted.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { newestCode, VisitorBrowser } from '../../testing/visitor-browser.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'web', 'worker'] });
});
afterAll(() => system?.stop());

let people = 0;
function somebody(name = '慕容自己'): Somebody {
  people += 1;
  return {
    name,
    phone: `1365000${String(people).padStart(4, '0')}`,
    document: '110199198801014576',
    plate: '冀A7K8M9',
  };
}
async function signIn(who: Somebody): Promise<VisitorBrowser> {
  const browser = new VisitorBrowser(system, { phone: who.phone });
  await browser.register();
  return browser;
}
/** As if no code had been sent today. */
const aDayLater = () => system.owner('attempt').where({ kind: 'code_phone' }).delete();
async function freshCode(browser: VisitorBrowser, purpose: string): Promise<string> {
  await aDayLater();
  const back = `/my-data/${purpose === 'erase' ? 'erasure' : 'export'}`;
  await browser.post('/account/codes', { purpose, back }).expect(303).expect('Location', back);
  return newestCode(system, browser.phone);
}
const idOf = async (who: Somebody): Promise<string> =>
  (
    await system
      .db('visitor')
      .where({ phone_hash: system.index('phone', who.phone), superseded_at: null })
      .first('id')
  ).id;
const consentOf = (visitor: string, purpose: string) =>
  system.db('consent').where({ visitor_id: visitor, purpose }).orderBy('given_at', 'desc').first();

async function aPhoto(visitor: string, kind: 'document' | 'face', keep = false): Promise<void> {
  const notice = await currentNotice(system.db, kind === 'face' ? 'face' : 'filling');
  const given = { visitor, notice, channel: 'browser' } as const;
  const consent = await giveConsent(system.db, {
    ...given,
    purpose: kind === 'face' ? 'face' : 'personal_information',
  });
  if (keep) await giveConsent(system.db, { ...given, purpose: 'keep_photo' });
  const jpeg = Buffer.from(`jpeg of the ${kind}`);
  await savePhoto(system.db, system.cipher, { visitor, kind, jpeg, width: 1, height: 1, consent, keep });
}

/** Somebody with an account goes along on a visit that others lead. */
async function joined(of: { reservation: string; submission: string; visitor: string }, who: Somebody) {
  const member = await aVisitor(system, who);
  const details = { name: who.name, phone: who.phone, declared: null };
  const companion = (await addCompanion(system.db, system, of.visitor, details)) ?? '';
  await system.db('companion').where({ id: companion }).update({ member_id: member.visitor, joined_at: new Date() });
  await comesAlong(
    system,
    of,
    aSubmittedPerson({
      ordinal: 1,
      person: member.person,
      visitor: member.visitor,
      consent: member.consent,
      companion,

      name: who.name,
      phone: who.phone,
      document: who.document,
    }),
  );
  return { ...member, companion };
}

async function declared(lead: string, name: string, document: string): Promise<string> {
  return (
    (await addCompanion(system.db, system, lead, {
      name,
      phone: null,
      declared: {
        sex: 'female',
        documentType: 'passport',
        document,
        nationality: 'FRA',
        birthDay: '1990-01-01',
        unit: null,
      },
    })) ?? ''
  );
}

/** @returns what the page says of a class, by its heading */
async function keptBlocks(browser: VisitorBrowser): Promise<(what: string) => string> {
  const $ = await browser.page('/my-data');
  const blocks = $('section[aria-labelledby=kept] .kept').get();
  return (what) => {
    const block = blocks.find((one) => $(one).find('h3').text().trim().startsWith(what));
    return block ? $(block).text().replace(/\s+/g, ' ') : '';
  };
}

describe('我的数据', () => {
  it('says what is kept, why and until when, and who looked at it without naming them', async () => {
    const who = somebody();
    const { task, visitor } = await aWaitingTask(system, { who });
    await aPhoto(visitor, 'face', true);
    const approver = await staffBrowser(system.web, 'approver');
    await approver.get(`/inbox/${task}`).expect(200);
    const browser = await signIn(who);
    const $ = await browser.page('/my-data');
    const text = $('main').text();
    for (const words of [
      '手机号',
      '人脸照片',
      '保存到您撤回同意或删除照片',
      '预约和来访人员信息',
      '180 天后',
      '审批时查看预约',
    ]) {
      expect(text).toContain(words);
    }
    const looks = $('section[aria-labelledby=looks]').text();
    expect(looks).toContain('信息科学与工程学院');
    expect(looks).not.toContain('赵敏');
    expect(text).not.toContain('微信标识');
    expect((await browser.page('/account'))('a[href="/my-data"]').length).toBeGreaterThan(0);
    const english = await browser.agent.get('/my-data?lang=en').set('Accept-Language', 'en').expect(200);
    expect(english.text).toContain('What is kept');
  });

  it('says since when each class is kept, and the last time where no beginning is kept', async () => {
    const browser = await new VisitorBrowser(system).settle();
    const visitor = await idOf({ ...somebody(), phone: browser.phone });
    await system
      .owner('visitor')
      .where({ id: visitor })
      .update({ registered_at: new Date('2020-02-03T04:00:00Z') });
    // Looked over again much later, and WeChat bound later than the account was made.
    await system
      .owner('person')
      .where({ visitor_id: visitor })
      .update({ checked_at: new Date('2031-02-03T04:00:00Z') });
    await bindOpenid(system.db, system, visitor, `openid-of-${visitor}`);
    await system.owner('audit').insert({
      action: 'wechat_bound',
      actor_kind: 'visitor',
      actor_id: visitor,
      at: new Date('2022-05-06T04:00:00Z'),

      subject_kind: 'visitor',
      subject_id: visitor,
    });
    const shown = await keptBlocks(browser);
    expect(shown('姓名、性别、证件、单位等')).toContain(`自 ${dayOf(Date.now())}`);
    expect(shown('微信标识')).toContain('自 2022-05-06');
    expect(shown('手机号')).toContain('自 2020-02-03');
    expect(shown('车牌号')).toContain('最近保存或使用：2031-02-03');
    expect(shown('登录状态')).toContain(`最近保存或使用：${dayOf(Date.now())}`);
  });

  it('says how long what was paid for a vehicle stays, of whose visit it was alone, also before the account is deleted', async () => {
    const [who, member] = [somebody(), { ...somebody('欧阳同车'), document: '110199197001010014' }];
    const visit = await aWaitingTask(system, { who });
    await joined(visit, member);
    const { reservation, submission } = visit;
    await system.db.transaction((trx) =>
      takeCash(trx, { reservation, submission, amount: 1_000, payBy: new Date(), takenBy: null }),
    );
    const browser = await signIn(who);
    const paid = (await keptBlocks(browser))('车辆缴费与退款');
    expect(paid).toContain('自当年年末起保存 30 年');
    expect(paid).toContain('180 天后');
    expect((await browser.page('/my-data/erasure'))('main').text()).toContain('会计凭证自当年年末起保存 30 年');
    expect((await keptBlocks(await signIn(member)))('车辆缴费与退款')).toBe('');
  });

  it('names what others keep, phones, codes, sign-ins and forms that wait, also in the file', async () => {
    const [who, member] = [somebody(), { ...somebody('欧阳同行'), document: '110199197001010014' }];
    const visit = await aWaitingTask(system, { who });
    const { visitor } = await joined(visit, member);
    const browser = await signIn(member);
    await keepBinding(system.db, {
      id: randomUUID(),
      pass: randomUUID(),
      reservation: visit.reservation,
      ordinal: 1,
      visitor,
      publicKey: Buffer.alloc(33, 2),
    });
    await system.db('kept_form').insert({
      id: randomUUID(),
      path: '/profile',
      owner_hash: system.index('form_owner', visitor),
      body_enc: Buffer.from(''),
      expires_at: new Date(Date.now() + 3600_000),
    });
    const code = await freshCode(browser, 'export');
    const shown = await keptBlocks(browser);
    for (const one of ['他人同行名单中的您', '出示凭证的手机', '验证码', '登录状态', '登录过期时填写的表单']) {
      expect(shown(one), one).toContain('保存');
    }
    const file = JSON.parse((await browser.post('/my-data/export', { code }).expect(200)).text);
    expect(file.othersBooks).toMatchObject([{ name: member.name, phone: member.phone }]);
    expect(file.boundPhones).toMatchObject([{ visit: visit.reservation }]);
    expect(file.codes.map(({ purpose }: { purpose: string }) => purpose)).toContain('export');
    expect(file.sessions.length).toBeGreaterThan(0);
    expect(file.formsKeptForALogin).toMatchObject([{ path: '/profile' }]);
  });

  it('says that an office looked at one’s claim of a lost number, while it was open only', async () => {
    const browser = await signIn(somebody());
    const looks = async () => (await browser.page('/my-data'))('section[aria-labelledby=looks]').text();
    const admin = await staffBrowser(system.web, 'admin');
    await admin.get('/admin/recoveries').expect(200);
    const claim = { old_phone: '13700007777', name: '慕容自己', document_number: '110199198801014576' };
    await browser.post('/account/recovery', claim).expect(303);
    expect(await looks()).not.toContain('查看找回账号的申请');
    await admin.get('/admin/recoveries').expect(200);
    expect((await looks()).match(/查看找回账号的申请/g)).toHaveLength(1);
  });

  it('is shown to nobody who is not signed in', async () => {
    const stranger = new VisitorBrowser(system);
    for (const path of ['/my-data', '/my-data/export', '/my-data/erasure']) {
      await stranger.agent
        .get(path)
        .expect(303)
        .expect('Location', /^\/register/);
    }
    await stranger.agent.get(`/erasures/${randomUUID()}`).expect(404);
    await stranger.agent.get('/erasures/nothing/proof').expect(404);
  });
});

describe('the export', () => {
  it('holds everything of the visitor’s own in clear, and of others only what the visitor may see', async () => {
    const [who, member] = [somebody(), { ...somebody('欧阳同行'), document: '110199197001010014' }];
    const visit = await aWaitingTask(system, { who, note: '自由文本三箱标本' });
    await aPhoto(visit.visitor, 'document');
    await joined(visit, member);
    await declared(visit.visitor, '没有手机的', 'FR1234567');
    const browser = await signIn(who);

    await browser.post('/my-data/export', { code: '000000' }).expect(422);
    const other = await freshCode(browser, 'erase');
    await browser.post('/my-data/export', { code: other }).expect(422);
    const code = await freshCode(browser, 'export');
    const answer = await browser.post('/my-data/export', { code }).expect(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-disposition': expect.stringMatching(/^attachment; filename=xiaomen-my-data-[\d-]+\.json$/),
      'cache-control': 'no-store',
    });
    const file = answer.text;
    for (const own of [
      who.name,
      who.phone,
      who.document,
      '冀A7K8M9',
      '王建国',
      '自由文本三箱标本',
      'FR1234567',
      '欧阳同行',
    ]) {
      expect(file).toContain(own);
    }
    for (const foreign of [member.document, member.phone, member.document.slice(-6)])
      expect(file).not.toContain(foreign);
    const read = JSON.parse(file);
    expect(read.photos[0].image).toBe(
      `data:image/jpeg;base64,${Buffer.from('jpeg of the document').toString('base64')}`,
    );
    expect(read.watermark).toMatchObject({ forAccount: visit.visitor, madeAt: expect.any(String) });
    expect(read.watermark.note).toContain('导出');
    const [audited] = await system.db('audit').where({ action: 'data_exported', subject_id: visit.visitor });
    expect(audited.detail).toEqual({ export: read.watermark.export });
    await browser.post('/my-data/export', { code }).expect(422);

    const [theirs] = [await signIn(member)];
    const own = await theirs.post('/my-data/export', { code: await freshCode(theirs, 'export') }).expect(200);
    expect(own.text).toContain(member.document);
    expect(JSON.parse(own.text).visitsWithOthers).toHaveLength(1);
    for (const foreign of [who.name, who.document, '自由文本三箱标本', 'FR1234567'])
      expect(own.text).not.toContain(foreign);
  });
});

describe('withdrawing', () => {
  const withdraw = (browser: VisitorBrowser, consent: string) =>
    browser.post(`/my-data/consents/${consent}/withdrawal`);

  it('the consent to a face photo deletes it at once; the consent to keep one lets it go with the visit; both say so before', async () => {
    const who = somebody();
    const { visitor } = await aWaitingTask(system, { who });
    await aPhoto(visitor, 'document', true);
    await aPhoto(visitor, 'face', true);
    const browser = await signIn(who);
    const page = (await browser.page('/my-data'))('section[aria-labelledby=consents]').text();
    expect(page).toContain('人脸照片立即删除');
    expect(page).toContain('照片在本次来访结束后删除');
    const keep = await system
      .db('consent as c')
      .join('notice as n', 'n.id', 'c.notice_id')
      .where({ visitor_id: visitor, purpose: 'keep_photo', 'n.kind': 'filling' })
      .first('c.id');
    await withdraw(browser, keep.id).expect(303);
    expect(await system.db('photo').where({ visitor_id: visitor }).orderBy('kind').select('kind', 'keep')).toEqual([
      { kind: 'document', keep: false },
      { kind: 'face', keep: true },
    ]);
    const face = await consentOf(visitor, 'face');
    await withdraw(browser, face.id).expect(303).expect('Location', '/my-data?withdrawn=face#consents');
    expect(await system.db('photo').where({ visitor_id: visitor }).pluck('kind')).toEqual(['document']);
    const { withdrawn_at } = await consentOf(visitor, 'face');
    expect(withdrawn_at).not.toBeNull();
    await withdraw(browser, face.id).expect(303);
    expect((await consentOf(visitor, 'face')).withdrawn_at).toEqual(withdrawn_at);
    expect((await browser.page('/my-data?withdrawn=face'))('[role=status]').text()).toContain('人脸照片已删除');
  });

  it('the consent to processing cancels open visits and lets no page go further', async () => {
    const who = somebody();
    const { reservation, visitor } = await aSubmittedReservation(system, { who });
    await aPhoto(visitor, 'document', true);
    const browser = await signIn(who);
    const consent = await consentOf(visitor, 'personal_information');
    await withdraw(browser, consent.id).expect(303);
    await until(
      () => system.db('reservation').where({ id: reservation, outcome: 'cancelled' }).first(),
      'it is cancelled',
    );
    expect(await system.db('request').where({ reservation_id: reservation, kind: 'cancel' })).toHaveLength(1);
    expect(await system.db('photo').where({ visitor_id: visitor })).toEqual([]);
    await browser.agent.get('/reservations/new?channel=personal').expect(303).expect('Location', '/consent');
    await withdraw(browser, consent.id).expect(303);
    expect(await system.db('request').where({ reservation_id: reservation, kind: 'cancel' })).toHaveLength(1);
  });

  it('withdrawing a lead’s declaration takes the companion out of the book; withdrawing a companion’s own consent takes them out of the visit', async () => {
    const [who, member] = [somebody(), somebody('欧阳同行')];
    const visit = await aWaitingTask(system, { who });
    const { companion, consent } = await joined(visit, member);
    const other = await declared(visit.visitor, '没有手机的', 'FR1234568');
    const said = await giveConsent(system.db, {
      visitor: visit.visitor,
      notice: await currentNotice(system.db, 'companion'),
      purpose: 'companion',

      channel: 'browser',
      subject: other,
    });
    await system.db('companion').where({ id: other }).update({ consent_id: said });
    const [browser, theirs] = [await signIn(who), await signIn(member)];
    await withdraw(browser, said).expect(303);
    expect((await system.db('companion').where({ id: other }).first()).removed_at).not.toBeNull();
    await withdraw(theirs, consent).expect(303);
    const [request] = await system.db('request').where({ reservation_id: visit.reservation, kind: 'remove_person' });
    expect(request).toMatchObject({ payload: { ordinal: 1 }, actor_id: await idOf(member) });
    expect(companion).not.toBe('');
  });

  it('a guardian’s consent ends the child’s visits: of an account of its own, and of a child in the book', async () => {
    const [who, lead] = [somebody(), somebody()];
    const own = await aWaitingTask(system, { who });
    const visit = await aWaitingTask(system, { who: lead });
    const notice = await currentNotice(system.db, 'minors');
    const guardianFor = async (visitor: string, subject: string) => {
      const about = { visitor, notice, purpose: 'guardian', channel: 'browser', subject } as const;
      const consent = await giveConsent(system.db, about);
      const guardian = await addGuardian(system.db, system, { visitor, name: '李父', phone: '15811110101', consent });
      return { consent, guardian };
    };
    const { id: person } = await system.db('person').where({ visitor_id: own.visitor }).first('id');
    const mine = await guardianFor(own.visitor, person);
    await giveGuardian(system.db, own.visitor, mine.guardian);
    const child = await declared(visit.visitor, '小明', 'FR1234569');
    const theirs = await guardianFor(visit.visitor, child);
    await giveCompanionGuardian(system.db, { lead: visit.visitor, companion: child, guardian: theirs.guardian });
    await comesAlong(
      system,
      visit,
      aSubmittedPerson({
        ordinal: 1,
        person: null,
        personVersion: null,
        visitor: null,
        consent: theirs.consent,
        companion: child,

        name: '小明',
        document: 'FR1234569',
        guardian: theirs.guardian,
      }),
    );
    await aPhoto(own.visitor, 'document', true);
    await aPhoto(own.visitor, 'face', true);
    await withdraw(await signIn(who), mine.consent).expect(303);
    expect(await system.db('photo').where({ visitor_id: own.visitor })).toEqual([]);
    expect((await consentOf(own.visitor, 'face')).withdrawn_at).not.toBeNull();
    await withdraw(await signIn(lead), theirs.consent).expect(303);
    const asked = await system
      .db('request')
      .whereIn('reservation_id', [own.reservation, visit.reservation])
      .orderBy('created_at')
      .pluck('kind');
    expect(asked).toEqual(['cancel', 'remove_person']);
    expect(await system.db('person').where({ id: person }).first()).toMatchObject({ guardian_id: null, version: 3 });
    expect(
      await system.db('guardian').whereIn('id', [mine.guardian, theirs.guardian]).whereNotNull('name_enc'),
    ).toEqual([]);
  });

  it('can be done by nobody else, and the terms end with the account only', async () => {
    const [who, other] = [somebody(), somebody()];
    const [mine, theirs] = [await aVisitor(system, who), await aVisitor(system, other)];
    const browser = await signIn(who);
    await withdraw(browser, theirs.consent).expect(404);
    await withdraw(browser, randomUUID()).expect(404);
    await withdraw(browser, (await consentOf(mine.visitor, 'terms')).id).expect(404);
    expect((await consentOf(theirs.visitor, 'personal_information')).withdrawn_at).toBeNull();
  });
});

it('pages say where people were erased, to their visitor and to staff', async () => {
  const who = somebody();
  const { reservation, visitor, task } = await aWaitingTask(system, { who });
  const closed = { stage: 'closed', outcome: 'completed', closed_at: new Date(Date.now() - 181 * 24 * 3600_000) };
  await system.owner('reservation').where({ id: reservation }).update(closed);
  await system.owner('task').where({ id: task }).update({ status: 'approved', closed_at: new Date() });
  await system.db.raw('select erase_submissions(?::uuid[])', [[reservation]]);
  const browser = await signIn(who);
  expect((await browser.page(`/reservations/${reservation}`))('main').text()).toContain('人员信息已删除');
  await browser.page('/reservations');
  await browser.page(`/reservations/new?channel=personal&copy=${reservation}`);
  const [approver, admin] = [await staffBrowser(system.web, 'approver'), await staffBrowser(system.web, 'admin')];
  expect((await approver.get(`/inbox/${task}`).expect(200)).text).toContain('人员信息已删除');
  expect((await approver.get('/inbox?tab=done').expect(200)).text).toContain('已删除');
  expect((await admin.get('/admin/reservations').expect(200)).text).toContain('已删除');
  expect((await admin.get(`/admin/reservations/${reservation}`).expect(200)).text).toContain('人员信息已删除');
  expect((await browser.page('/my-data'))('main').text()).toContain('我的同意');
  expect(visitor).toBeDefined();
});

describe('deleting the account', () => {
  it('cancels what has not begun, wipes every table, and gives a proof that can be checked', async () => {
    const lead = somebody();
    const who = { ...somebody('慕容标记人'), document: '110199198801014592', plate: '冀Z9X9Z9' };
    const { reservation, visitor, task } = await aSubmittedReservation(system, { who, note: '自由文本带五箱标本' });
    const credentials = await approve({ reservation, task });
    await aPhoto(visitor, 'face', true);
    await declared(visitor, '标记同行人', 'FR7654321');
    const theirVisit = await aWaitingTask(system, { who: lead });
    await system.db('person').where({ visitor_id: visitor }).update({ version: 2 });
    const member = await system.db('person').where({ visitor_id: visitor }).first();
    const row =
      (await addCompanion(system.db, system, theirVisit.visitor, {
        name: who.name,
        phone: who.phone,
        declared: null,
      })) ?? '';
    await system.db('companion').where({ id: row }).update({ member_id: visitor, joined_at: new Date() });
    await comesAlong(
      system,
      theirVisit,
      aSubmittedPerson({
        ordinal: 1,
        person: member.id,
        visitor,
        consent: (await consentOf(visitor, 'personal_information')).id,
        companion: row,

        name: who.name,
        phone: who.phone,
        document: who.document,
      }),
    );
    const browser = await signIn(who);

    const code = await freshCode(browser, 'erase');
    await browser.post('/my-data/erasure', { code }).expect(422);
    await browser.post('/my-data/erasure', { agree: 'yes', code: '999999' }).expect(422);
    const done = await browser.post('/my-data/erasure', { agree: 'yes', code }).expect(303);
    expect(done.headers.location).toMatch(/^\/erasures\/[0-9a-f-]{36}$/);
    expect(await system.db('reservation').where({ id: reservation }).first()).toMatchObject({ outcome: 'cancelled' });

    const typed = [who.name, who.phone, who.document, who.plate, '自由文本带五箱标本', '标记同行人', 'FR7654321'];
    const markers = [...typed, ...credentials];
    // In somebody else's open visit the frozen row stands until the visit is closed.
    const left = await readSealed(system, markers);
    expect(left).toEqual([
      'reservation_person.document_enc',
      'reservation_person.name_enc',
      'reservation_person.phone_enc',
    ]);
    await system
      .owner('reservation')
      .where({ id: theirVisit.reservation })
      .update({ stage: 'closed', outcome: 'cancelled', closed_at: new Date() });
    await system.db.raw('select erase_person(?)', [visitor]);
    expect(await readSealed(system, markers)).toEqual([]);
    expect(await hashesOf(system, who)).toEqual([]);
    expect(await system.db('consent').where({ visitor_id: visitor, withdrawn_at: null })).toEqual([]);
    expect(await system.db('audit').where({ subject_id: visitor, action: 'account_erased' })).toHaveLength(1);

    await browser.agent
      .get('/my-data')
      .expect(303)
      .expect('Location', /^\/register/);
    await browser.post('/my-data/erasure', { agree: 'yes', code }).expect(303).expect('Location', '/register');
    const stranger = new VisitorBrowser(system);
    const $ = await stranger.page(String(done.headers.location));
    expect($('[role=status]').text()).toContain('签名有效');
    expect($('main').text()).not.toMatch(new RegExp(typed.join('|')));
    expect($('main').text()).toMatch(/他人预约中您的信息\s*1 · 来访尚未结束；\d{4}年\d+月\d+日 星期. 删除/);
    expect($('main a[href="/held-by-others/requests/new"]').length).toBe(1);
    const proof = await stranger.agent.get(`${done.headers.location}/proof`).expect(200);
    expect(proof.text).toMatch(
      /^xm-erasure v2\n[\s\S]+deleted photos: 1\n[\s\S]+kept visit: 1 for open_visit, goes on [\d-]{10}\n[\s\S]+signature: /,
    );
    await expect(system.db('erasure').update({ proof: '' })).rejects.toThrow(/permission denied/);
    await system.owner('erasure').update({ proof: proof.text.replace('photos: 1', 'photos: 2') });
    expect((await stranger.page(String(done.headers.location)))('[role=alert]').text()).toContain('签名无效');

    await aDayLater();
    await browser.register();
    expect(await idOf(who)).not.toBe(visitor);
    expect((await browser.page('/my-data'))('section[aria-labelledby=kept]').text()).not.toContain(
      '预约和来访人员信息',
    );
  });

  it('waits while the engine’s worker does not answer, deletes nothing meanwhile, and can be asked for again', async () => {
    const who = somebody();
    const { reservation, visitor } = await aSubmittedReservation(system, { who });
    const browser = await signIn(who);
    await system.parts.worker.stop();
    try {
      const waiting = await browser.post('/my-data/erasure', { agree: 'yes', code: await freshCode(browser, 'erase') });
      expect(waiting.status).toBe(409);
      expect(waiting.text).toContain('您的预约正在取消');
      expect(await system.db('person').where({ visitor_id: visitor })).toHaveLength(1);
    } finally {
      await system.parts.worker.start();
    }
    await until(() => system.db('reservation').where({ id: reservation, stage: 'closed' }).first(), 'it is cancelled');
    await browser.post('/my-data/erasure', { agree: 'yes', code: await freshCode(browser, 'erase') }).expect(303);
    expect(await system.db('request').where({ reservation_id: reservation, kind: 'cancel' })).toHaveLength(1);
    expect(await system.db('person').where({ visitor_id: visitor })).toEqual([]);
  });

  it('is refused while a visit is running, and says until when', async () => {
    const who = somebody();
    const from = new Date(Date.now() - 3600_000);
    const { reservation } = await aWaitingTask(system, { who, from });
    await system.owner('reservation').where({ id: reservation }).update({ stage: 'visit' });
    const browser = await signIn(who);
    const page = await browser.page('/my-data/erasure');
    expect(page('[role=alert]').text()).toMatch(/已经开始的来访，到 \d{4}-\d\d-\d\d \d\d:\d\d 结束/);
    expect(page('form[action="/my-data/erasure"]')).toHaveLength(0);
    const code = await freshCode(browser, 'erase');
    await browser.post('/my-data/erasure', { agree: 'yes', code }).expect(409);
    expect(await idOf(who)).toBeDefined();
    expect(await system.db('erasure').where({ visitor_id: await idOf(who) })).toEqual([]);
  });
});

/** @returns what the pass opens gates and pages with, as it lies sealed */
async function approve({ reservation, task }: { reservation: string; task: string }): Promise<string[]> {
  const approver = await staffBrowser(system.web, 'approver');
  const decision = { request: randomUUID(), verdict: 'approved' };
  await approver.post(`/inbox/${task}/decision`).type('form').send(decision).expect(303);
  const { id } = await until(() => system.db('pass').where({ reservation_id: reservation }).first(), 'a pass');
  const [opens, code] = await Promise.all([
    readCredentials(system.db, system.cipher, id),
    readVisitCode(system.db, system.cipher, id),
  ]);
  if (!opens?.paper || !code) throw new Error('A pass has a version for paper and a code');
  const made = [opens.token.toString('base64'), opens.paper.toString('base64'), opens.gateCode, code];
  expect(await readSealed(system, made)).toEqual(passColumns);
  return made;
}

const passColumns = ['pass.gate_code_enc', 'pass.static_token_enc', 'pass.token_enc', 'visit_code.code_enc'];

/** Every sealed text of every table that holds one of the markers, opened with the key: `table.column`. */
async function readSealed({ owner, cipher }: System, markers: string[]): Promise<string[]> {
  const columns: { table: string; column: string }[] = await owner('information_schema.columns')
    .where({ table_schema: 'public', data_type: 'bytea' })
    .whereLike('column_name', '%\\_enc')
    .select({ table: 'table_name', column: 'column_name' });
  const found = new Set<string>();
  let opened = 0;
  for (const { table, column } of columns) {
    for (const row of await owner(table).whereNotNull(column)) {
      const own = row.id ?? row.request_id ?? `${row.submission_id}/${row.ordinal}`;
      const id = table === 'pass' ? `${row.id}/${row.version}` : own;
      try {
        const text = cipher.openBytes({ table, column, row: id }, row[column]).toString('utf8');
        opened += 1;
        if (markers.some((marker) => text.includes(marker))) found.add(`${table}.${column}`);
      } catch {
        // Sealed under an address of its own, as WeChat's token is: nothing that a person typed.
      }
    }
  }
  expect(opened).toBeGreaterThan(20);
  return [...found].toSorted();
}

/** Columns in which a keyed hash of phone or document still stands. */
async function hashesOf({ owner, index }: System, who: Somebody): Promise<string[]> {
  const sought = [
    index('phone', who.phone),
    index('document', who.document),
    index('document_tail', who.document.slice(-6)),
  ];
  const columns: { table: string; column: string }[] = await owner('information_schema.columns')
    .where({ table_schema: 'public', data_type: 'bytea' })
    .whereLike('column_name', '%\\_hash')
    .select({ table: 'table_name', column: 'column_name' });
  const found: string[] = [];
  for (const { table, column } of columns) {
    const rows = await owner(table).whereIn(column, sought).select(column);
    if (rows.length > 0) found.push(`${table}.${column}`);
  }
  return found;
}
