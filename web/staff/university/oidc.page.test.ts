import { load } from 'cheerio';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createOidc } from '../../../platform/oidc.ts';
import { hashPassword } from '../../../platform/password.ts';
import { totpCode, totpStepAt } from '../../../platform/totp.ts';
import { openToShow, sealToShow } from '../../../store/people/session-secret.ts';
import { linkIdentity } from '../../../store/staff/identity.ts';
import { comeBack, leave } from '../../../store/staff/leaving.ts';
import { beginSecondFactor } from '../../../store/staff/second-factor.ts';
import { createStaff } from '../../../store/staff/staff.ts';
import { pageAgent } from '../../../testing/page-agent.ts';
import { staffBrowser } from '../../../testing/staff-browser.ts';
import { type System, startSystem } from '../../../testing/system.ts';
import { type Claims, startUniversity, type University } from '../../../testing/university.ts';

/** Staff sign in by the university's OpenID Connect, with a real provider. */

let system: System;
let university: University;
beforeAll(async () => {
  university = await startUniversity();
  system = await startSystem({ start: ['web'], env: university.env });
  university.trust(system.web);
});
afterAll(async () => {
  await system?.stop();
  await university?.stop();
});
beforeEach(async () => {
  await system.owner('attempt').delete();
  university.alter = undefined;
  university.forges = false;
});

const browser = () => pageAgent(system.web).set({ Origin: system.web });
type Agent = ReturnType<typeof browser>;
const stands = (subject: string, username: string, shown = {}) => {
  university.person = { subject, claims: { preferred_username: username }, shown };
};
/** To the provider, and the address that leads back from it. */
async function back(agent: Agent, from = '/staff/oidc'): Promise<string> {
  const begun = await agent.get(from).expect(303);
  const { pathname, search } = await university.walk(begun.headers.location ?? '', `${system.web}/staff/oidc/callback`);
  return pathname + search;
}
const signIn = async (agent: Agent, from?: string) =>
  String((await agent.get(await back(agent, from)).expect(303)).headers.location);
const refusedAs = (why: string) => `/staff/login?university=${why}&return=%2Fstaff`;
const make = (username: string, more: object = {}) => createStaff(system.owner, { username, name: '李明', ...more });
const audit = (action: string, id: string) =>
  system.owner('audit').where({ action, subject_id: id }).pluck<{ by: string; why?: string }[]>('detail');

describe('a person whom the university knows', () => {
  test('gets the account of their user name at first, and of their subject from then on', async () => {
    const id = await make('20080123');
    const page = load((await browser().get('/staff/login?return=/inbox').expect(200)).text);
    const link = page('a.weui-btn_primary').attr('href') ?? '';
    expect(link).toBe('/staff/oidc?return=%2Finbox');
    expect(page('input[name=password]'), 'the local login stays').toHaveLength(1);

    stands('sub-of-li', '20080123');
    const agent = browser();
    expect(await signIn(agent, link)).toBe('/inbox');
    await agent.get('/inbox').expect(200);
    const [identity] = await system.owner('staff_identity').where({ staff_id: id });
    expect(identity).toMatchObject({ issuer: university.issuer, subject: 'sub-of-li' });
    expect(await audit('staff_identity_linked', id)).toEqual([{ by: 'oidc' }]);
    expect(await audit('staff_signed_in', id)).toEqual([{ by: 'oidc' }]);
    expect(JSON.stringify(await system.owner('staff_session')), 'no token stays').not.toMatch(/eyJ/);

    // Another name at the university, as after a marriage; and the old one in other hands.
    stands('sub-of-li', 'renamed');
    expect(await signIn(browser())).toBe('/staff');
    stands('sub-of-another', '20080123');
    expect(await signIn(browser())).toBe(refusedAs('other'));
    expect(await audit('staff_sign_in_refused', id)).toEqual([{ by: 'oidc', why: 'other' }]);
  });

  test('whose account is linked to the wrong person is out when an admin says so, and linked anew', async () => {
    const id = await make('mistaken');
    stands('sub-of-the-wrong-one', 'mistaken');
    const agent = browser();
    await signIn(agent);
    await agent.get('/inbox').expect(200);
    const admin = await staffBrowser(system.web, 'admin');
    const page = load((await admin.get(`/admin/staff/${id}`).expect(200)).text);
    expect(page('main').text()).toContain(university.issuer);
    await admin.post(page('form[action$="/identities/removal"]').attr('action') ?? '').expect(303);
    await agent.get('/inbox').expect(303);
    stands('sub-of-the-right-one', 'mistaken');
    expect(await signIn(browser())).toBe('/staff');
  });

  test('without an account is told so, and none is made', async () => {
    const before = await system.owner('staff').count();
    stands('sub-of-nobody', 'nobody.here');
    const agent = browser();
    const to = await signIn(agent);
    expect(to).toBe(refusedAs('unknown'));
    expect(load((await agent.get(to).expect(200)).text)('[role=alert]').text()).toContain('没有对应的账号');
    expect(await system.owner('staff').count()).toEqual(before);
  });

  test('who left is refused, and after a return is linked anew', async () => {
    const id = await make('leaver');
    stands('sub-of-leaver', 'leaver');
    const agent = browser();
    await signIn(agent);
    await agent.get('/inbox').expect(200);
    await system.owner.transaction((trx) => leave(trx, { staff: id, by: id }));
    await agent.get('/inbox').expect(303);
    expect(await system.owner('staff_identity').where({ staff_id: id })).toEqual([]);
    expect(await signIn(browser())).toBe(refusedAs('left'));
    await system.owner.transaction((trx) => comeBack(trx, id));
    expect(await signIn(browser())).toBe('/staff');
  });

  test('shows a second factor of ours, unless the university says that it was shown there', async () => {
    const id = await make('careful');
    await beginSecondFactor(system.owner, system.cipher, id);
    const factor = system.owner('staff_second_factor').where({ staff_id: id });
    await factor.clone().update({ confirmed_at: new Date() });
    stands('sub-of-careful', 'careful');
    const agent = browser();
    expect(await signIn(agent, '/staff/oidc?return=/inbox')).toBe('/staff/login/code?return=%2Finbox');
    await agent.get('/inbox').expect(303);
    const { secret_enc: sealed } = await factor.clone().first();
    const secret = system.cipher.openBytes({ table: 'staff_second_factor', column: 'secret_enc', row: id }, sealed);
    const code = totpCode(secret, totpStepAt(new Date()));
    const done = await agent.post('/staff/login/code').type('form').send({ code, return: '/inbox' }).expect(303);
    expect(done.headers.location).toBe('/inbox');
    await agent.get('/inbox').expect(200);

    const says = (claims: object) => {
      university.alter = (all) => Object.assign(all, claims);
    };
    says({ amr: ['pwd'], acr: 'urn:campus:password' });
    expect(await signIn(browser())).toContain('/staff/login/code');
    says({ amr: ['pwd', 'mfa'] });
    expect(await signIn(browser())).toBe('/staff');
    says({ acr: 'urn:campus:two-factors', auth_time: Math.floor(Date.now() / 1000) - 3600 });
    const hourAgo = browser();
    expect(await signIn(hourAgo)).toBe('/staff');
    const { rows } = await system.owner.raw(
      `select (sess->>'provedAt')::numeric as at from staff_session where sess->>'staff' = ? order by began_at desc`,
      [id],
    );
    expect(Date.now() - Number(rows[0].at), 'it is as old as it is there').toBeGreaterThan(3_590_000);
  });

  test('signs out here, and there where they want to; nothing of them is in an address', async () => {
    await make('going');
    stands('sub-of-going', 'going');
    const agent = browser();
    await signIn(agent);
    await agent.get('/inbox').expect(200);
    const out = await agent.post('/staff/sign-out').type('form').send({}).expect(303);
    expect(out.headers.location).toBe('/staff/login?signed-out&by=oidc');
    await agent.get('/inbox').expect(303);
    const page = load((await agent.get('/staff/login?signed-out&by=oidc').expect(200)).text);
    const end = await agent.get(page('[role=status] a').attr('href') ?? '').expect(303);
    const url = new URL(end.headers.location ?? '');
    expect(url.origin).toBe(university.issuer);
    expect([...url.searchParams.keys()].toSorted()).toEqual(['client_id', 'post_logout_redirect_uri']);
    const shown = await fetch(url);
    expect(shown.status, 'the provider takes it').toBe(200);
  });
});

describe('the own account', () => {
  const password = 'the ginkgo beside the gate';
  const page = '/staff/identities';
  const send = (agent: Agent, path: string, form: object = {}) => agent.post(path).type('form').send(form);
  const came = async (username: string) => {
    const agent = browser();
    await send(agent, '/staff/login', { username, password }).expect(303);
    await agent.get(page).expect(200);
    return agent;
  };
  /** After the password the page leads on by a link: a form leads nowhere else. @returns the provider's address */
  async function onward(agent: Agent): Promise<string> {
    const proved = await send(agent, `${page}/oidc`, { password }).expect(303);
    expect(proved.headers.location).toBe(page);
    const $ = load((await agent.get(page).expect(200)).text);
    const begun = await agent.get($('main a.weui-btn_primary').attr('href') ?? '').expect(303);
    await agent.get(`${page}/oidc`).expect(303).expect('location', page);
    return begun.headers.location ?? '';
  }
  /** To the provider and back, where the password is the own one. */
  async function link(agent: Agent): Promise<string> {
    const asked = new URL(await onward(agent));
    expect(asked.searchParams.get('prompt'), 'who sits there now').toBe('login');
    const { pathname, search } = await university.walk(asked.href, `${system.web}/staff/oidc/callback`);
    return String((await agent.get(pathname + search).expect(303)).headers.location);
  }
  const linkedTo = (id: string) => system.owner('staff_identity').where({ staff_id: id }).pluck('subject');

  test('is linked after the password, lets its owner in by the university, and is unlinked again', async () => {
    const id = await make('local.one', { password });
    stands('sub-of-local', 'somebody.else');
    const agent = await came('local.one');
    for (const [given, sentence] of [
      ['', '密码不能为空'],
      ['wrong', '密码不正确'],
    ]) {
      const refused = load((await send(agent, `${page}/oidc`, { password: given }).expect(422)).text);
      expect(refused('#field-password-error').text()).toContain(sentence);
    }
    await agent.get(`${page}/oidc`).expect(303).expect('location', page);
    expect(await linkedTo(id)).toEqual([]);
    expect(await link(agent)).toBe(`${page}?linked`);
    expect(await linkedTo(id)).toEqual(['sub-of-local']);
    expect(await link(agent), 'once more is the same').toBe(`${page}?linked`);
    const byUniversity = browser();
    expect(await signIn(byUniversity)).toBe('/staff');
    await byUniversity.get('/inbox').expect(200);

    // The account is one person's there.
    stands('sub-of-another', 'somebody.else');
    expect(await link(agent)).toBe(`${page}?problem=has_one`);
    await send(agent, `${page}/removal`, { way: 'oidc', password: 'wrong' }).expect(422);
    const done = await send(agent, `${page}/removal`, { way: 'oidc', password }).expect(303);
    expect(done.headers.location).toBe(`${page}?unlinked`);
    expect(await linkedTo(id)).toEqual([]);
    await byUniversity.get('/inbox').expect(303);
    await agent.get('/inbox').expect(200);
    expect(await audit('staff_identity_linked', id)).toEqual([{ by: 'oidc', own: true }]);
    expect(await audit('staff_identity_refused', id)).toEqual([{ by: 'oidc', why: 'has_one' }]);
    expect(await audit('staff_identity_removed', id)).toEqual([{ by: 'oidc', own: true }]);
  });

  test('gets nobody who is another account, and is not told whose', async () => {
    const owner = await make('first.owner');
    stands('sub-of-first', 'first.owner');
    await signIn(browser());
    const id = await make('second.owner', { name: '王五', password });
    const agent = await came('second.owner');
    const to = await link(agent);
    expect(to).toBe(`${page}?problem=taken`);
    const $ = load((await agent.get(to).expect(200)).text);
    expect($('[role=alert]').text()).toContain('已关联本系统的另一个账号');
    expect($('body').text()).not.toMatch(/李明|first\.owner/);
    expect(await linkedTo(owner)).toEqual(['sub-of-first']);
    expect(await audit('staff_identity_refused', id)).toEqual([{ by: 'oidc', why: 'taken' }]);
  });

  test('is linked to one account only, also by two at the same moment', async () => {
    const ids = [await make('race.one'), await make('race.two')];
    const identity = { issuer: university.issuer, subject: 'sub-of-race' };
    const ends = await Promise.all(ids.map((id) => system.db.transaction((trx) => linkIdentity(trx, identity, id))));
    expect(ends.toSorted()).toEqual(['linked', 'taken']);
  });

  test('keeps a way in: the only one is not taken away', async () => {
    const id = await make('no.password');
    stands('sub-of-no-password', 'no.password');
    const agent = browser();
    await signIn(agent);
    await agent.get(page).expect(200);
    const refused = await send(agent, `${page}/removal`, { way: 'oidc' }).expect(409);
    expect(load(refused.text)('[role=alert]').text()).toContain('唯一的登录方式');
    expect(await linkedTo(id)).toEqual(['sub-of-no-password']);
    // Somebody without password and second factor shows it by a sign-in of a moment ago.
    await system
      .owner('staff_session')
      .whereRaw(`sess->>'staff' = ?`, [id])
      .update({
        sess: system.owner.raw(`(sess::jsonb || '{"signedInAt": 1}')::json`),
      });
    const old = await send(agent, `${page}/removal`, { way: 'oidc' }).expect(422);
    expect(load(old.text)('[role=alert]').text()).toContain('重新登录');
    await send(agent, `${page}/oidc`).expect(422);

    // With a password it goes, and the session that came by it.
    await system
      .owner('staff')
      .where({ id })
      .update({ password_hash: await hashPassword(password) });
    await send(agent, `${page}/removal`, { way: 'oidc', password }).expect(303);
    expect(await linkedTo(id)).toEqual([]);
    await agent.get('/inbox').expect(303);
  });

  test('asks for the second factor where there is one', async () => {
    const id = await make('two.steps', { password });
    await beginSecondFactor(system.owner, system.cipher, id);
    const agent = await came('two.steps');
    await system.owner('staff_second_factor').where({ staff_id: id }).update({ confirmed_at: new Date() });
    const refused = await send(agent, `${page}/oidc`, { password }).expect(422);
    expect(load(refused.text)('#field-code-error').text()).not.toBe('');
  });

  test('is linked by nobody who signed in at that browser meanwhile', async () => {
    const id = await make('stepped.away', { password });
    const next = await make('next.one', { password });
    stands('sub-of-stepped', 'nobody');
    const agent = await came('stepped.away');
    const back = await university.walk(await onward(agent), `${system.web}/staff/oidc/callback`);
    const session = () => system.owner('staff_session').whereRaw(`sess->>'staff' = ?`, [id]);
    await session().update({
      sess: system.owner.raw(`(sess::jsonb || jsonb_build_object('staff', ?::text))::json`, [next]),
    });
    const done = await agent.get(back.pathname + back.search).expect(303);
    expect(done.headers.location).toContain('/staff/login');
    expect([...(await linkedTo(id)), ...(await linkedTo(next))]).toEqual([]);
  });
});

test('an address is a user name only where the provider has verified it', async () => {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET } = university.env;
  const settings = { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_ACCOUNT_CLAIM: 'email' };
  const provider = createOidc({ ...settings, OIDC_MULTI_FACTOR_ACR: [] });
  const callback = `${system.web}/staff/oidc/callback`;
  const named = async (claims: object) => {
    university.person = { subject: 'sub-of-mail', claims: { email: 'li@example.edu.cn', ...claims } };
    const begun = await provider?.begin(callback);
    if (!begun) throw new Error('the provider is away');
    const answer = await provider?.redeem(await university.walk(begun.url, callback), begun.asked);
    return answer?.ok ? answer.person.username : answer;
  };
  expect(await named({ email_verified: true })).toBe('li@example.edu.cn');
  for (const claims of [{}, { email_verified: false }, { email_verified: 'true' }])
    expect(await named(claims)).toBeUndefined();
});

describe('an answer of the provider is refused', () => {
  const asked = async (change: (claims: Claims) => void) => {
    stands('sub-of-li', '20080123');
    university.alter = change;
    return signIn(browser());
  };
  const now = () => Math.floor(Date.now() / 1000);

  test.each<[string, (claims: Claims) => void]>([
    ['with another nonce', (claims) => Object.assign(claims, { nonce: 'of another browser' })],
    ['without a nonce', (claims) => delete claims.nonce],
    ['of another issuer', (claims) => Object.assign(claims, { iss: 'https://elsewhere.example' })],
    ['for another client', (claims) => Object.assign(claims, { aud: 'another' })],
    ['that is over', (claims) => Object.assign(claims, { iat: now() - 900, exp: now() - 120 })],
    ['from the future', (claims) => Object.assign(claims, { iat: now() + 900, nbf: now() + 900, exp: now() + 1800 })],
  ])('%s', async (_, change) => {
    expect(await asked(change)).toBe(refusedAs('refused'));
  });

  test('but not where the two clocks are half a minute apart', async () => {
    const slow = (claims: Claims) => Object.assign(claims, { iat: now() - 330, exp: now() - 30 });
    const fast = (claims: Claims) => Object.assign(claims, { iat: now() + 30, nbf: now() + 30 });
    expect(await asked(slow)).toBe('/staff');
    expect(await asked(fast)).toBe('/staff');
  });

  test('signed by somebody else’s key', async () => {
    stands('sub-of-li', '20080123');
    university.alter = () => {};
    expect(await signIn(browser())).toBe('/staff');
    university.forges = true;
    expect(await signIn(browser())).toBe(refusedAs('refused'));
  });

  test('with another state, for another browser, and a second time', async () => {
    stands('sub-of-li', '20080123');
    const agent = browser();
    const good = await back(agent);
    const elsewhere = await browser().get(good).expect(303);
    expect(elsewhere.headers.location, 'somebody else’s answer').toBe(refusedAs('again'));
    const other = good.replace(/state=[^&]+/, 'state=of-another');
    expect((await agent.get(other).expect(303)).headers.location).toBe(refusedAs('refused'));
    expect((await agent.get(good).expect(303)).headers.location, 'one answer a time').toBe(refusedAs('again'));

    // The same code in a sign-in that is waited for: the provider itself has used it up.
    const [first, second] = [browser(), browser()];
    const used = new URL(await back(first), system.web);
    await first.get(used.pathname + used.search).expect(303);
    const fresh = new URL(await back(second), system.web);
    fresh.searchParams.set('code', used.searchParams.get('code') ?? '');
    const replayed = await second.get(fresh.pathname + fresh.search).expect(303);
    expect(replayed.headers.location).toBe(refusedAs('refused'));
    await second.get('/inbox').expect(303);
  });

  test('that says no, and one that comes after ten minutes', async () => {
    const agent = browser();
    const begun = new URL((await agent.get('/staff/oidc').expect(303)).headers.location ?? '');
    const no = new URLSearchParams({
      error: 'access_denied',
      state: begun.searchParams.get('state') ?? '',
      iss: university.issuer,
    });
    const denied = await agent.get(`/staff/oidc/callback?${no}`).expect(303);
    expect(denied.headers.location).toBe(refusedAs('refused'));

    const slow = await back(agent);
    const waiting = system.owner('staff_session').whereRaw(`sess->>'asked' is not null`);
    const of = 'sign-in by the university';
    for (const { sid, sess } of await waiting) {
      const kept = JSON.parse(openToShow(system.cipher, of, sess.asked));
      const over = sealToShow(system.cipher, of, JSON.stringify({ ...kept, until: Date.now() - 1 }));
      await system
        .owner('staff_session')
        .where({ sid })
        .update({ sess: JSON.stringify({ ...sess, asked: over }) });
    }
    expect((await agent.get(slow).expect(303)).headers.location).toBe(refusedAs('again'));
  });
});

test('while the provider is away the page says so, and the local login is there', async () => {
  await make('local', { password: 'correct horse battery' });
  stands('sub-of-li', '20080123');
  const waiting = browser();
  const answer = await back(waiting);
  university.away = true;
  try {
    expect((await waiting.get(answer).expect(303)).headers.location).toBe(refusedAs('away'));
    const agent = browser();
    const page = load((await agent.get(refusedAs('away')).expect(200)).text);
    expect(page('[role=alert]').text()).toContain('暂时无法连接');
    const login = { username: 'local', password: 'correct horse battery' };
    await agent.post('/staff/login').type('form').send(login).expect(303);
    await agent.get('/inbox').expect(200);
  } finally {
    university.away = false;
  }
  expect(await signIn(browser()), 'and it works again at once').toBe('/staff');
});
