import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentOf } from '../../testing/book-pages.ts';
import { aWaitingTask, comesAlong } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { aSubmittedPerson } from '../../testing/submitted.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { newestCode, newestText, VisitorBrowser } from '../../testing/visitor-browser.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'web', 'worker'] });
});
afterAll(() => system?.stop());

const aVisitor = () => new VisitorBrowser(system).settle();
const rowOf = (phone: string) =>
  system
    .owner('visitor')
    .where({ phone_hash: system.index('phone', phone) })
    .whereNull('superseded_at')
    .first();
/** As if no code had been sent today. */
const aDayLater = () => system.owner('attempt').where({ kind: 'code_phone' }).delete();

async function bind(visitor: VisitorBrowser): Promise<void> {
  const { id } = await rowOf(visitor.phone);
  const openid = `o${randomUUID()}`;
  const column = { table: 'visitor', column: 'openid_enc', row: id };
  await system
    .owner('visitor')
    .where({ id })
    .update({ openid_enc: system.cipher.seal(column, openid), openid_hash: system.index('openid', openid) });
}

describe('unbinding WeChat', () => {
  it('asks for a fresh code, which leads back to the page', async () => {
    const visitor = await aVisitor();
    await bind(visitor);
    await visitor.post('/account/wechat/unbinding', { code: '000000' }).expect(422);
    expect((await rowOf(visitor.phone)).openid_hash).not.toBeNull();

    await aDayLater();
    await visitor
      .post('/account/codes', { purpose: 'unbind', back: '/account' })
      .expect(303)
      .expect('Location', '/account');
    expect((await visitor.page('/account'))('[role=status]').text()).toContain('验证码已发送');
    const code = await newestCode(system, visitor.phone);
    expect(await newestText(system, visitor.phone)).toMatch(/换绑手机、解绑微信、导出或删除个人信息.*请勿告诉他人/);
    await visitor.post('/account/wechat/unbinding', { code }).expect(303);
    expect((await rowOf(visitor.phone)).openid_hash).toBeNull();
    expect((await visitor.page('/account'))('main').text()).toContain('未绑定微信');
  });

  it('signs out sessions that came in by WeChat elsewhere, and none that proved the phone', async () => {
    const visitor = await aVisitor();
    await bind(visitor);
    const { id } = await rowOf(visitor.phone);
    const expire = new Date(Date.now() + 3600_000);
    const open = (sid: string, more: object) =>
      system
        .owner('visitor_session')
        .insert({ sid, sess: JSON.stringify({ visitor: id, cookie: {}, ...more }), expire });
    await open('wechat-elsewhere', { channel: 'wechat' });
    await open('phone-elsewhere', {});
    // Also when they who unbind came by WeChat themselves: the code has proved the phone.
    await system
      .owner('visitor_session')
      .whereRaw(`sess->>'visitor' = ? and sid not like '%-elsewhere'`, [id])
      .update({ sess: system.owner.raw(`(sess::jsonb || '{"channel":"wechat"}')::json`) });
    await aDayLater();
    await visitor.post('/account/codes', { purpose: 'unbind', back: '/account' }).expect(303);
    const code = await newestCode(system, visitor.phone);
    await visitor.post('/account/wechat/unbinding', { code }).expect(303);
    const left = await system.owner('visitor_session').whereRaw(`sess->>'visitor' = ?`, [id]).pluck('sid');
    expect([left.length, left.includes('wechat-elsewhere'), left.includes('phone-elsewhere')]).toEqual([
      2,
      false,
      true,
    ]);
    await visitor.page('/account');
  });

  it('takes no code that was meant for something else', async () => {
    const visitor = await aVisitor();
    await bind(visitor);
    await aDayLater();
    await visitor.post('/account/codes', { purpose: 'export', back: '/account' }).expect(303);
    const code = await newestCode(system, visitor.phone);
    await visitor.post('/account/wechat/unbinding', { code }).expect(422);
    expect((await rowOf(visitor.phone)).openid_hash).not.toBeNull();
  });

  it('leads nowhere but to our own pages', async () => {
    const visitor = await aVisitor();
    const answer = await visitor.post('/account/codes', { purpose: 'unbind', back: '//evil.example' });
    expect(answer.headers.location).toBe('/account');
  });
});

describe('changing the phone', () => {
  async function codes(visitor: VisitorBrowser, newPhone: string) {
    await aDayLater();
    await visitor.post('/account/phone/codes', { to: 'old', new_phone: newPhone }).expect(200);
    await visitor.post('/account/phone/codes', { to: 'new', new_phone: newPhone }).expect(200);
    return { code: await newestCode(system, visitor.phone), new_code: await newestCode(system, newPhone) };
  }

  it('needs a code to the old number and one to the new, and signs every other device out', async () => {
    const visitor = await aVisitor();
    const elsewhere = new VisitorBrowser(system, { phone: visitor.phone });
    await aDayLater();
    await elsewhere.register();
    const newPhone = '13700000001';
    const typed = await codes(visitor, newPhone);
    await visitor.post('/account/phone', { ...typed, code: '000000', new_phone: newPhone }).expect(422);
    const again = await codes(visitor, newPhone);
    await visitor
      .post('/account/phone', { ...again, new_phone: newPhone })
      .expect(303)
      .expect('Location', '/account');

    expect(await rowOf(visitor.phone)).toBeUndefined();
    expect((await visitor.page('/account'))('main').text()).toContain('137****0001');
    await elsewhere.agent
      .get('/')
      .expect(303)
      .expect('Location', /^\/register/);
  });

  it('says at its field what is wrong, and keeps the new number that was typed', async () => {
    const visitor = await aVisitor();
    const answer = await visitor.post('/account/phone', { new_phone: '12345', code: '', new_code: '' }).expect(422);
    expect(answer.text).toContain('value="12345"');
    expect(answer.text).toContain('id="field-new_phone-error"');
    const same = await visitor
      .post('/account/phone', { new_phone: visitor.phone, code: '1', new_code: '1' })
      .expect(422);
    expect(same.text).toContain('新手机号与原手机号相同');
  });

  it('takes nobody else’s number', async () => {
    const [visitor, other] = [await aVisitor(), await aVisitor()];
    const typed = await codes(visitor, other.phone);
    await visitor.post('/account/phone', { ...typed, new_phone: other.phone }).expect(409);
    expect(await rowOf(visitor.phone)).toBeDefined();
  });
});

/** On a visit of somebody else that has begun. */
async function goesAlong(visitor: string): Promise<void> {
  const who = { name: '带队人', phone: '13655550001', document: '110199195001010027', plate: null };
  const visit = await aWaitingTask(system, { who });
  const { id: person, version } = await system.db('person').where({ visitor_id: visitor }).first();
  const { id: consent } = await system
    .db('consent')
    .where({ visitor_id: visitor, purpose: 'personal_information' })
    .first('id');
  await comesAlong(system, visit, aSubmittedPerson({ ordinal: 1, person, personVersion: version, visitor, consent }));
  await system
    .owner('reservation')
    .where({ id: visit.reservation })
    .update({ stage: 'visit', visit_from: new Date(Date.now() - 60_000) });
}

describe('a lost number', () => {
  const claimOf = (visitor: VisitorBrowser) => ({
    old_phone: visitor.phone,
    name: visitor.person.name,
    document_number: visitor.person.document_number,
  });

  /** An office that saw the document. */
  async function approve(fresh: VisitorBrowser) {
    const { id } = await system
      .owner('phone_recovery')
      .where({ visitor_id: (await rowOf(fresh.phone)).id, status: 'open' })
      .first('id');
    const admin = await staffBrowser(system.web, 'admin');
    const decision = { verdict: 'approved', note: '核对身份证原件' };
    return admin.post(`/admin/recoveries/${id}/decision`).type('form').send(decision);
  }

  it('is given back by an office that saw the document', async () => {
    const old = await aVisitor();
    const account = (await rowOf(old.phone)).id;
    const fresh = await aVisitor();
    await fresh.post('/account/recovery', claimOf(old)).expect(303);
    expect((await fresh.page('/account'))('[role=status]').text()).toContain('找回申请已于');

    const admin = await staffBrowser(system.web, 'admin');
    const list = await admin.get('/admin/recoveries').expect(200);
    expect(list.text).toContain('姓名一致');
    expect(list.text).toContain('证件号一致');
    expect(list.text).not.toContain(old.person.document_number);
    const [, id] = /\/admin\/recoveries\/([0-9a-f-]{36})\/decision/.exec(list.text) ?? [];
    const decide = (form: object) => admin.post(`/admin/recoveries/${id}/decision`).type('form').send(form);
    await decide({ verdict: 'approved', note: '' }).expect(422);
    await decide({ verdict: 'approved', note: '核对身份证原件' }).expect(303);
    await decide({ verdict: 'approved', note: '核对身份证原件' }).expect(409);

    expect((await rowOf(fresh.phone)).id).toBe(account);
    expect(await rowOf(old.phone)).toBeUndefined();
    await fresh.agent.get('/').expect(303);
    const claims = await system.owner('phone_recovery').where({ id });
    expect(claims).toMatchObject([{ status: 'approved', name_enc: null, document_enc: null, old_phone_enc: null }]);
  });

  it.each(['护2026/0012', 'AB1'])('accepts every document number that a profile takes: %s', async (number) => {
    const [old, fresh] = [new VisitorBrowser(system), await aVisitor()];
    Object.assign(old.person, { document_type: 'other', document_number: number });
    await old.register();
    await old.agree();
    const holder = { ...old.person, birth_day: '1990-01-01', nationality: 'CHN' };
    await old.post('/profile', holder).expect(303);
    await fresh.post('/account/recovery', { ...claimOf(old), document_number: ' ' }).expect(422);
    await fresh.post('/account/recovery', claimOf(old)).expect(303);
    expect((await approve(fresh)).status).toBe(303);
  });

  it('does not take a phone from an account that registered it meanwhile; nothing is half done', async () => {
    const [old, fresh] = [await aVisitor(), await aVisitor()];
    const [claimant, lost] = [(await rowOf(fresh.phone)).id, (await rowOf(old.phone)).id];
    await fresh.post('/account/recovery', claimOf(old)).expect(303);
    await system
      .owner('visitor')
      .where({ id: lost })
      .update({ last_seen_at: system.owner.raw(`now() - interval '91 days'`) });
    await aDayLater();
    const owner = new VisitorBrowser(system, { phone: old.phone });
    await owner.register();
    await owner.post('/register/earlier', { fresh: 'yes' }).expect(303);
    await owner.agree();
    const someoneElse = { ...owner.person, document_number: documentOf('19500101') };
    await owner.post('/profile', someoneElse).expect(303);
    const theirs = (await rowOf(owner.phone)).id;
    expect(theirs).not.toBe(lost);

    const answer = await approve(fresh);
    expect(answer.status).toBe(409);
    expect(answer.text).toContain('该号码可能已由他人注册，无法转移');
    expect([(await rowOf(owner.phone)).id, (await rowOf(fresh.phone)).id]).toEqual([theirs, claimant]);
    await owner.page('/account');
    await fresh.page('/account');
    expect(await system.owner('phone_recovery').where({ visitor_id: claimant })).toMatchObject([{ status: 'open' }]);
  });

  it('leaves nothing of the fresh account behind', async () => {
    const [old, fresh] = [await aVisitor(), await aVisitor()];
    const twin = (await rowOf(fresh.phone)).id;
    await fresh.post('/companions/selection', await fresh.visitForm()).expect(303);
    await fresh.post('/account/recovery', claimOf(old)).expect(303);
    const { id } = await system.owner('phone_recovery').where({ visitor_id: twin }).first('id');
    const admin = await staffBrowser(system.web, 'admin');
    const decision = { verdict: 'approved', note: '核对身份证原件' };
    await admin.post(`/admin/recoveries/${id}/decision`).type('form').send(decision).expect(303);
    expect(await system.owner('visitor').where({ id: twin }).first()).toMatchObject({
      phone_enc: null,
      phone_hash: null,
      erased_at: expect.any(Date),
    });
    for (const table of ['person', 'chosen_party', 'photo']) {
      expect(await system.owner(table).where({ visitor_id: twin })).toEqual([]);
    }
    expect(await system.owner('consent').where({ visitor_id: twin, withdrawn_at: null })).toEqual([]);
    expect((await system.owner('phone_recovery').where({ id }).first()).status).toBe('approved');
  });

  it('is not given back while the fresh account goes along on a visit that has begun', async () => {
    const [old, fresh] = [await aVisitor(), await aVisitor()];
    const { id: visitor } = await rowOf(fresh.phone);
    await fresh.post('/account/recovery', claimOf(old)).expect(303);
    const { id } = await system.owner('phone_recovery').where({ visitor_id: visitor }).first('id');
    await goesAlong(visitor);
    const admin = await staffBrowser(system.web, 'admin');
    const decision = { verdict: 'approved', note: '核对身份证原件' };
    const answer = await admin.post(`/admin/recoveries/${id}/decision`).type('form').send(decision).expect(409);
    expect(answer.text).toContain('新账号有进行中的预约');
    expect(await rowOf(fresh.phone)).toBeDefined();
  });

  it('answers the same whether or not anybody has that number', async () => {
    const fresh = await aVisitor();
    const known = await aVisitor();
    const [one, other] = [
      await fresh.post('/account/recovery', { ...claimOf(known), old_phone: '13699999999' }),
      await fresh.post('/account/recovery', claimOf(known)),
    ];
    expect([one.status, one.headers.location]).toEqual([other.status, other.headers.location]);
  });

  it('cannot be asked for more than three times a day, and not without its fields', async () => {
    const fresh = await aVisitor();
    await fresh.post('/account/recovery', { old_phone: '', name: '', document_number: '' }).expect(422);
    const claim = { ...claimOf(fresh), old_phone: '13688888888' };
    for (let n = 0; n < 3; n += 1) await fresh.post('/account/recovery', claim).expect(303);
    await fresh.post('/account/recovery', claim).expect(429);
  });

  it('is an admin’s page only', async () => {
    const approver = await staffBrowser(system.web, 'approver');
    await approver.get('/admin/recoveries').expect(404);
  });
});
