import { load } from 'cheerio';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { base32, totpCode, totpStepAt } from '../../platform/totp.ts';
import { saveStaffContact } from '../../store/messages/staff-contact.ts';
import { answerNextAsking } from '../../store/staff/forgotten-password.ts';
import { beginLinkLetter, claimLinkMail } from '../../store/staff/link-letter.ts';
import { createStaff } from '../../store/staff/staff.ts';
import { makeStaffLink } from '../../store/staff/staff-link.ts';
import { resetPassword } from '../../store/staff/staff-password.ts';
import { endStaffSessions } from '../../store/staff/staff-session.ts';
import { untilBlockedBy } from '../../testing/blocked.ts';
import { pageAgent } from '../../testing/page-agent.ts';
import { aWaitingTask } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, startSystem } from '../../testing/system.ts';

/** One's own account: the password, where one is signed in, the second factor. Admins need one here, as in production. */

const password = 'correct horse battery';
const another = 'the ginkgo beside the gate';

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['web'], env: { STAFF_SECOND_FACTOR: 'required' } });
});
afterAll(() => system?.stop());
beforeEach(() => system.owner('attempt').delete());

const browser = () => pageAgent(system.web).set({ Origin: system.web });
type Agent = ReturnType<typeof browser>;
const send = (agent: Agent, path: string, form: object = {}) => agent.post(path).type('form').send(form);
const login = (agent: Agent, username: string, by = password) =>
  send(agent, '/staff/login', { username, password: by });
const page = async (agent: Agent, path: string, status = 200) => load((await agent.get(path).expect(status)).text);
const anApprover = (username: string, more: object = {}) =>
  createStaff(system.owner, { username, password, name: '李明', ...more });

describe('a link to set a password', () => {
  const chosen = { password: another, password_again: another };
  const linkFor = async (staff: string) => {
    const token = await makeStaffLink(system.owner, system.index, { staff, use: 'invitation' });
    return { token, path: `/staff/links/${token}` };
  };

  test('gives an invited person their password, once, and is no secret that the database knows', async () => {
    const id = await createStaff(system.owner, { username: 'invited', name: '王芳' });
    await login(browser(), 'invited', '').expect(422);
    const { token, path } = await linkFor(id);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify(await system.owner('staff_link'))).not.toContain(token);
    const agent = browser();
    // However often it is looked at.
    await agent.head(path).expect(303);
    expect((await agent.get(path).expect(303)).headers.location).toBe('/staff/password');
    expect((await page(agent, '/staff/password'))('.lead').text()).toContain('王芳，您的用户名是 invited');

    const refused = load(
      (await send(agent, '/staff/password', { password: 'password2026!', password_again: '' }).expect(422)).text,
    );
    expect(refused('#field-password-error').text()).toContain('太常见');
    const differs = load((await send(agent, '/staff/password', { ...chosen, password_again: 'x' }).expect(422)).text);
    expect(differs('#field-password_again-error').text()).toContain('不一致');

    const other = browser();
    await other.get(path).expect(303);
    expect((await send(agent, '/staff/password', chosen).expect(303)).headers.location).toContain('/staff/login');
    await send(other, '/staff/password', chosen).expect(404);
    await browser().get(path).expect(404);
    await login(browser(), 'invited', another).expect(303);
    const [{ detail }] = await system.owner('audit').where({ action: 'staff_password_set', subject_id: id });
    expect(detail).toEqual({ by: 'invitation' });
  });

  test('is dead after a newer one, after its time, and when the person has left', async () => {
    const id = await createStaff(system.owner, { username: 'slow', name: '周慢' });
    const [first, second] = [await linkFor(id), await linkFor(id)];
    await browser().get(first.path).expect(404);
    const agent = browser();
    await agent.get(second.path).expect(303);
    const link = system.owner('staff_link').where({ staff_id: id, revoked_at: null });
    const [row] = await link.clone();
    expect(Number(row.expires_at) - Number(row.made_at)).toBe(7 * 24 * 3600_000);
    await link.clone().update({ made_at: '2026-01-01', expires_at: '2026-01-08' });
    await browser().get(second.path).expect(404);
    await send(agent, '/staff/password', chosen).expect(404);
    const third = await linkFor(id);
    await system.owner('staff').where({ id }).update({ left_at: new Date() });
    await browser().get(third.path).expect(404);
    await browser().get('/staff/links/nothing').expect(404);
  });
});

describe('a forgotten password', () => {
  const ask = (agent: Agent, username: string) => send(agent, '/staff/forgotten', { username });
  const answered = async () => {
    while (await answerNextAsking(system.db, system.cipher, { demo: true }));
  };
  /** @returns the path of the link that goes to them by mail, once the mail would go out */
  async function linkFor(username: string): Promise<string> {
    await ask(browser(), username).expect(303);
    await answered();
    const mail = await claimLinkMail(system.db, system.cipher, { now: new Date(Date.now() + 1_000), held: 1 });
    expect(mail).toMatchObject({ use: 'forgotten', address: `${username}@university.example` });
    const letter = await beginLinkLetter(system.db, mail?.link ?? '');
    return `/staff/links/${letter?.token}`;
  }
  const withAddress = async (username: string, more: object = {}) => {
    const id = await anApprover(username, more);
    const said = { language: 'zh-CN', email: `${username}@university.example`, digest: true, quiet: true } as const;
    await saveStaffContact(system.owner, system.cipher, id, said);
    return id;
  };

  test('is answered in the same way whoever is named, without a look at the accounts', async () => {
    await withAddress('known');
    const $ = await page(browser(), '/staff/login');
    expect($('a[href="/staff/forgotten"]').text()).toBe('忘记密码');
    const answers = await system.owner.transaction(async (trx) => {
      // Whoever reads one of them waits, and the answer would not come.
      await trx.raw('lock table staff, staff_contact, staff_identity, staff_link in access exclusive mode');
      return [await ask(browser(), 'known'), await ask(browser(), 'nobody.here'), await ask(browser(), '\0 什么')];
    });
    const told = answers.map(({ status, headers, text }) => ({ status, to: headers.location, text }));
    expect(new Set(told.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(told[0]).toMatchObject({ status: 303, to: '/staff/forgotten?asked' });
    expect((await page(browser(), '/staff/forgotten?asked'))('[role=status]').text()).toContain('如果有这个账号');
    expect(JSON.stringify(await system.owner('password_asking'))).not.toContain('known');
    await answered();
    expect(await system.owner('password_asking')).toEqual([]);
    const subjects = await system.owner('audit').where({ action: 'staff_password_asked' }).orderBy('id').select();
    expect(subjects.map(({ subject_id: id, detail }) => [id.length, detail.sent])).toEqual([
      [36, 'forgotten'],
      [7, 'nothing'],
      [7, 'nothing'],
    ]);
    await system.owner('staff_link_mail').delete();
  });

  test('is replaced by a link of their own address: once, for half an hour; it signs them out everywhere', async () => {
    const id = await withAddress('forgetful');
    const elsewhere = browser();
    await login(elsewhere, 'forgetful').expect(303);
    const path = await linkFor('forgetful');
    const [{ expires_at: ends, token_hash: hash }] = await system.owner('staff_link').where({ staff_id: id });
    expect(Number(ends) - Date.now()).toBeGreaterThan(29 * 60_000);
    expect(Number(ends) - Date.now()).toBeLessThanOrEqual(30 * 60_000);
    expect(hash).toHaveLength(32);
    // Until it is used nothing has changed.
    await elsewhere.get('/inbox').expect(200);
    await login(browser(), 'forgetful').expect(303);
    const agent = browser();
    await agent.get(path).expect(303);
    const $ = await page(agent, '/staff/password');
    expect($('.lead').text()).toBe('李明，请设置以后登录用的密码。');
    expect($('main').text(), 'it says the user name to nobody').not.toContain('forgetful');
    const chosen = { password: another, password_again: another };
    await send(agent, '/staff/password', chosen).expect(303);
    await elsewhere.get('/inbox').expect(303);
    await login(browser(), 'forgetful').expect(422);
    await login(browser(), 'forgetful', another).expect(303);
    const over = await page(browser(), path, 404);
    expect(over('main a[href="/staff/forgotten"]')).toHaveLength(1);
    const details = await system.owner('audit').where({ action: 'staff_password_set', subject_id: id }).pluck('detail');
    expect(details).toEqual([{ by: 'forgotten', mailed: true }]);

    const late = await linkFor('forgetful');
    const old = { made_at: new Date(Date.now() - 3600_000), expires_at: new Date(Date.now() - 1) };
    await system.owner('staff_link').where({ staff_id: id, used_at: null }).update(old);
    await browser().get(late).expect(404);
  });

  test('leaves the second factor on, and what an admin has handed over as it was', async () => {
    const id = await withAddress('careful');
    const confirmed = { secret_enc: Buffer.alloc(1), confirmed_at: new Date() };
    await system.owner('staff_second_factor').insert({ staff_id: id, ...confirmed });
    const handed = await makeStaffLink(system.owner, system.index, { staff: id, use: 'reset' });
    const [first, second] = [await linkFor('careful'), await linkFor('careful')];
    await browser().get(first).expect(404);
    await browser().get(`/staff/links/${handed}`).expect(303);
    const agent = browser();
    await agent.get(second).expect(303);
    await send(agent, '/staff/password', { password: another, password_again: another }).expect(303);
    expect((await login(browser(), 'careful', another).expect(303)).headers.location).toMatch(/^\/staff\/login\/code/);
    await browser().get(`/staff/links/${handed}`).expect(404);
    await system.owner('staff_second_factor').delete();
  });

  test('what cannot be a name is refused and kept; after three askings from one address it waits, from another not', async () => {
    const agent = browser().set('X-Forwarded-For', '198.51.100.201');
    const empty = load((await ask(agent, ' ').expect(422)).text);
    expect(empty('#field-username-error').text()).toBe('用户名不能为空');
    const long = load((await ask(agent, 'a'.repeat(65)).expect(422)).text);
    expect(long('#field-username').val()).toBe('a'.repeat(65));
    for (let n = 0; n < 3; n += 1) await ask(agent, 'Somebody.Else').expect(303);
    const answer = await ask(agent, 'somebody.else').expect(429);
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    expect(load(answer.text)('[role=alert]').text()).toContain('过于频繁');
    expect(load(answer.text)('#field-username').val()).toBe('somebody.else');
    await ask(browser().set('X-Forwarded-For', '198.51.100.202'), 'somebody.else').expect(303);
    await answered();
  });
});

describe('the own password', () => {
  test('that somebody else has set is changed before anything else', async () => {
    await anApprover('fresh', { mustChangePassword: true });
    const agent = browser();
    await login(agent, 'fresh').expect(303);
    for (const path of ['/inbox', '/staff', '/staff/sessions']) {
      expect((await agent.get(path).expect(303)).headers.location).toBe('/staff/password');
    }
    const $ = await page(agent, '/staff/password');
    expect($('[role=status]').text()).toContain('当前密码由他人设置');
    const sent = { present_password: password, password: another, password_again: another };
    const wrong = load((await send(agent, '/staff/password', { ...sent, present_password: 'wrong' }).expect(422)).text);
    expect(wrong('#field-present_password-error').text()).toContain('当前密码不正确');
    const same = { present_password: password, password, password_again: password };
    await send(agent, '/staff/password', same).expect(422);
    await send(agent, '/staff/password', sent).expect(303);
    await agent.get('/inbox').expect(200);
  });

  test('changed, it ends every other session, and the present one has another id', async () => {
    const id = await anApprover('changing');
    const [agent, elsewhere] = [browser(), browser()];
    await login(elsewhere, 'changing').expect(303);
    await login(agent, 'changing').expect(303);
    const own = () => system.owner('staff_session').whereRaw(`sess->>'staff' = ?`, [id]).pluck('sid');
    const before = await own();
    await page(agent, '/staff/password');
    await send(agent, '/staff/password', {
      present_password: password,
      password: another,
      password_again: another,
    }).expect(303);
    expect((await own()).filter((sid) => before.includes(sid))).toEqual([]);
    await elsewhere.get('/inbox').expect(303);
    await agent.get('/inbox').expect(200);
  });

  test.each([
    ['a reset', { password_hash: null }],
    ['a departure', { left_at: new Date() }],
    ['another change', { password_hash: 'of another password' }],
  ])('stays as %s left it that came while the form was on its way', async (_, to) => {
    const username = `overtaken.${Object.values(to)[0] === null ? 'reset' : Object.keys(to)[0]?.slice(0, 4)}`;
    const id = await anApprover(username);
    const agent = browser();
    await login(agent, username).expect(303);
    await page(agent, '/staff/password');
    const sent = { present_password: password, password: another, password_again: another };
    const answer = await system.owner.transaction(async (trx) => {
      await trx('staff').where({ id }).update(to);
      const changing = send(agent, '/staff/password', sent).then((it) => it);
      await untilBlockedBy(trx, system.owner, 'the form waits for the person’s row');
      return { changing };
    });
    const { status, text } = await answer.changing;
    expect(status).toBe(409);
    expect(load(text)('#field-present_password-error').text()).toContain('已被修改或重置');
    expect(await system.owner('staff').where({ id }).first()).toMatchObject(to);
    expect(await system.owner('audit').where({ action: 'staff_password_set', subject_id: id })).toEqual([]);
  });
});

test('a login that a reset overtakes signs nobody in', async () => {
  const id = await anApprover('too.late');
  const agent = browser();
  await page(agent, '/staff/login');
  const { done } = await system.owner.transaction(async (trx) => {
    await resetPassword(trx, id);
    const answer = login(agent, 'too.late').then((it) => it);
    await Promise.race([answer, untilBlockedBy(trx, system.owner, 'the login waits for the person’s row')]);
    return { done: answer };
  });
  expect((await done).headers.location).toBe('/staff/login');
  await agent.get('/inbox').expect(303);
  expect(await system.owner('staff_session').whereRaw(`sess->>'staff' = ?`, [id])).toEqual([]);
  expect(await system.owner('audit').where({ action: 'staff_signed_in', subject_id: id })).toEqual([]);
});

describe('the own sessions', () => {
  test('are listed by device and time, without an address, and end one by one', async () => {
    await anApprover('roaming');
    const [agent, phone] = [browser(), browser().set('User-Agent', 'Mozilla/5.0 (iPhone) Safari/605 MicroMessenger/8')];
    await login(phone, 'roaming').expect(303);
    await login(agent, 'roaming').expect(303);
    const $ = await page(agent, '/staff/sessions');
    expect($('.items li')).toHaveLength(2);
    expect($('.items').text()).toMatch(/本机[\s\S]*WeChat · iOS/);
    expect($('main').text()).not.toMatch(/\d+\.\d+\.\d+\.\d+/);
    const end = $('form[action$="/end"]').attr('action') ?? '';
    // Another person's session is nobody's.
    await anApprover('nosy');
    const nosy = browser();
    await login(nosy, 'nosy').expect(303);
    await page(nosy, '/staff/sessions');
    await send(nosy, end).expect(303);
    await phone.get('/inbox').expect(200);
    await send(agent, end).expect(303);
    await phone.get('/inbox').expect(303);
    await agent.get('/inbox').expect(200);
  });

  test('end twelve hours after the login, however much they are used', async () => {
    const id = await anApprover('tireless');
    const agent = browser();
    await login(agent, 'tireless').expect(303);
    const own = system.owner('staff_session').whereRaw(`sess->>'staff' = ?`, [id]);
    await own.clone().update({ began_at: system.owner.raw(`now() - interval '11 hours 59 minutes'`) });
    await agent.get('/inbox').expect(200);
    await own.clone().update({ began_at: system.owner.raw(`now() - interval '12 hours 1 second'`) });
    await agent.get('/inbox').expect(303);
  });
});

describe('the second factor', () => {
  let admin: Agent;
  let secret: Buffer;
  let codes: string[];
  /** As the app shows it. Each counts once, so that a test that needs several forgets them. */
  const code = async (away = 0) => {
    await system.owner('staff_second_factor').update({ last_step: -1 });
    return totpCode(secret, totpStepAt(new Date()) + away);
  };
  const toTheCode = async () => {
    const agent = browser();
    const done = await login(agent, 'keeper').expect(303);
    expect(done.headers.location).toBe('/staff/login/code?return=%2Fstaff');
    await agent.get('/inbox').expect(303);
    return agent;
  };

  test('is set up by an admin before anything else', async () => {
    await anApprover('keeper', { isAdmin: true, mayUnmask: true });
    admin = browser();
    await login(admin, 'keeper').expect(303);
    expect((await admin.get('/admin/reservations').expect(303)).headers.location).toBe('/staff/second-factor');
    await page(admin, '/staff/second-factor');
    await send(admin, '/staff/second-factor').expect(303);
    const $ = await page(admin, '/staff/second-factor');
    expect($('.qr svg')).toHaveLength(1);
    const { staff_id: id, secret_enc: sealed } = await system.owner('staff_second_factor').first();
    secret = system.cipher.openBytes({ table: 'staff_second_factor', column: 'secret_enc', row: id }, sealed);
    expect($('code').text().replaceAll(' ', '')).toBe(base32(secret));

    const wrong = load((await send(admin, '/staff/second-factor/confirmation', { code: '000000' }).expect(422)).text);
    expect(wrong('#field-code-error').text()).toContain('验证码不正确');
    await send(admin, '/staff/second-factor/confirmation', { code: await code() }).expect(303);
    const shown = await page(admin, '/staff/second-factor');
    codes = shown('textarea').text().trim().split('\n');
    expect(new Set(codes).size).toBe(10);
    expect((await page(admin, '/staff/second-factor'))('textarea'), 'they are shown once').toHaveLength(0);
    expect(JSON.stringify(await system.owner('staff_recovery_code'))).not.toContain(codes[0]);
    await admin.get('/admin/reservations').expect(200);
  });

  test('is asked for after the password; a code counts once', async () => {
    const agent = await toTheCode();
    const used = await code();
    await send(agent, '/staff/login/code', { code: '' }).expect(422);
    await send(agent, '/staff/login/code', { code: used, return: '/admin/faults' }).expect(303);
    await agent.get('/admin/faults').expect(200);
    const again = await toTheCode();
    await send(again, '/staff/login/code', { code: used }).expect(422);
    const { rowCount } = await system.owner.raw(
      `select from audit where action = 'staff_sign_in_refused' and detail->>'by' = 'second_factor'`,
    );
    expect(rowCount).toBe(1);
  });

  test('is a recovery code where the phone is lost, each once', async () => {
    const [first = ''] = codes;
    await send(await toTheCode(), '/staff/login/code', { code: first.toUpperCase() }).expect(303);
    await send(await toTheCode(), '/staff/login/code', { code: first }).expect(422);
  });

  test('is not asked for any more once the sessions were ended after the password', async () => {
    const agent = await toTheCode();
    const { id } = await system.owner('staff').where({ username: 'keeper' }).first('id');
    await endStaffSessions(system.db, { staff: id });
    const done = await send(agent, '/staff/login/code', { code: await code() }).expect(303);
    expect(done.headers.location).toBe('/staff/login');
    await agent.get('/inbox').expect(303);
    // The sessions of these tests are over too.
    admin = await toTheCode();
    await send(admin, '/staff/login/code', { code: await code() }).expect(303);
  });

  test('is tried five times, and then not even the right one helps', async () => {
    const agent = await toTheCode();
    for (let n = 0; n < 5; n += 1) await send(agent, '/staff/login/code', { code: `00000${n}` }).expect(422);
    await send(agent, '/staff/login/code', { code: await code() }).expect(429);
  });

  test('is asked for once more before a whole document number is shown', async () => {
    const { reservation } = await aWaitingTask(system);
    const path = `/admin/reservations/${reservation}`;
    const { id: person } = await system.owner('reservation_person').where({ reservation_id: reservation }).first('id');
    const unmask = (more: object) => send(admin, `${path}/unmasking`, { person, unmask_reason: '核查', ...more });
    const provedAt = (minutes: number) =>
      system.owner('staff_session').update({
        sess: system.owner.raw(`(sess::jsonb || jsonb_build_object('provedAt', ?::numeric))::json`, [
          Date.now() - minutes * 60_000,
        ]),
      });
    await provedAt(9);
    expect((await page(admin, path))('.unmask [name=code]')).toHaveLength(0);
    await provedAt(11);
    expect((await page(admin, path))('.unmask [name=code]')).toHaveLength(1);
    const refused = load((await unmask({ code: '' }).expect(422)).text);
    expect(refused('#unmask-0-code-error').text()).not.toBe('');
    expect(refused('[name=unmask_reason]').val()).toBe('核查');
    const shown = load((await unmask({ code: await code(1) }).expect(200)).text);
    expect(shown('.person [role=status]').text()).toMatch(/^\d{17}[\dX]$/);
    expect((await page(admin, path))('.unmask [name=code]')).toHaveLength(0);
  });

  test('taken away with a code, it is asked for anew from an admin, and from nobody who decides only', async () => {
    await page(admin, '/staff/second-factor');
    await send(admin, '/staff/second-factor/removal', { code: '123456' }).expect(422);
    await send(admin, '/staff/second-factor/recovery-codes', { code: await code() }).expect(303);
    expect((await page(admin, '/staff/second-factor'))('textarea').text().trim().split('\n')).not.toContain(codes[1]);
    await send(admin, '/staff/second-factor/removal', { code: await code() }).expect(303);
    expect((await admin.get('/admin/faults').expect(303)).headers.location).toBe('/staff/second-factor');
    await (await staffBrowser(system.web, 'approver')).get('/inbox').expect(200);
  });
});
