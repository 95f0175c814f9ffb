import { randomUUID } from 'node:crypto';
import supertest from 'supertest';
import { totpCode, totpStepAt } from '../../../platform/totp.ts';
import { noteEmergency } from '../../../store/gates/emergency.ts';
import { bindStaffWechat, markWechat } from '../../../store/messages/staff-contact.ts';
import { bindStaffMessenger, markMessenger } from '../../../store/messages/staff-messenger.ts';
import { openToShow } from '../../../store/people/session-secret.ts';
import { beginSecondFactor } from '../../../store/staff/second-factor.ts';
import { createStaff } from '../../../store/staff/staff.ts';
import { staffAt } from '../../../testing/bad-input/ground.ts';
import { officePhone } from '../../../testing/office-phone.ts';
import { pageAgent } from '../../../testing/page-agent.ts';
import { staffBrowser } from '../../../testing/staff-browser.ts';
import type { System } from '../../../testing/system.ts';
import type { Given, MakeGround } from '../entry.ts';

type Agent = Awaited<ReturnType<typeof staffBrowser>>;

/** Members of staff whom nobody else needs. */

let made = 0;
const password = 'the ginkgo beside the gate';
async function aColleague(system: System) {
  made += 1;
  const username = `form.${made}`;
  const id = await createStaff(system.owner, { username, password, name: '王芳' });
  return { id, username };
}
export const colleagueAt =
  (path: string, fill: Given = {}): MakeGround =>
  async (system) => {
    const { username } = await aColleague(system);
    return { agent: await staffBrowser(system.web, { username, password }), path, fill };
  };
/** An admin, before an account that nobody needs. */
export const accountBefore =
  (more: (system: System, id: string) => Promise<unknown> = async () => undefined, below = ''): MakeGround =>
  async (system) => {
    const { id } = await aColleague(system);
    await more(system, id);
    return { agent: (await staffAt(system, 'admin', '/')).agent, path: `/admin/staff/${id}${below}` };
  };
export const ownPassword = { present_password: password };
export const colleagueName = async (system: System) => (await aColleague(system)).username;

/** Somebody of staff with the app: set up, or with its QR code before them. */
const withApp = async (system: System, confirmed: boolean) => {
  const { id, username } = await aColleague(system);
  const agent = await staffBrowser(system.web, { username, password });
  if (confirmed) await giveApp(system, id);
  else await beginSecondFactor(system.owner, system.cipher, id);
  const { secret_enc } = await system.owner('staff_second_factor').where({ staff_id: id }).first('secret_enc');
  const secret = system.cipher.openBytes({ table: 'staff_second_factor', column: 'secret_enc', row: id }, secret_enc);
  return { username, agent, code: totpCode(secret, totpStepAt(new Date())) };
};
export const appAt =
  (confirmed: boolean): MakeGround =>
  async (system) => {
    const { agent, code } = await withApp(system, confirmed);
    return { agent, path: '/staff/second-factor', fill: { code } };
  };
export const codeOfApp: MakeGround = async (system) => {
  const { username, code } = await withApp(system, true);
  const agent = pageAgent(system.web).set({ Origin: system.web });
  await agent.post('/staff/login').type('form').send({ username, password }).expect(303);
  return { agent, path: '/staff/login/code', fill: { code } };
};
/** Signed in twice: the other session can be ended. */
export const signedInTwice: MakeGround = async (system) => {
  const { username } = await aColleague(system);
  const [agent] = [
    await staffBrowser(system.web, { username, password }),
    await staffBrowser(system.web, { username, password }),
  ];
  return { agent, path: '/staff/sessions' };
};

type Standing = 'delegation' | 'assistant';
const standsIn = async (system: System, kind: Standing, staff: string): Promise<void> => {
  const { id: other } = await aColleague(system);
  const day = 24 * 3600_000;
  const row =
    kind === 'delegation'
      ? { delegate_id: other, from_at: new Date(Date.now() - day), until_at: new Date(Date.now() + day) }
      : { assistant_id: other };
  await system.owner(kind).insert({ staff_id: staff, ...row });
};
/** Somebody who has let another person stand in. */
export const stoodInFor =
  (kind: Standing): MakeGround =>
  async (system) => {
    const { id, username } = await aColleague(system);
    await standsIn(system, kind, id);
    return { agent: await staffBrowser(system.web, { username, password }), path: '/staff/standing-in' };
  };
export const stoodInForBy = (kind: Standing): MakeGround =>
  accountBefore((system, id) => standsIn(system, kind, id), '/standing-in');

/** A colleague who keeps a filter of the inbox. */
export const withFilter: MakeGround = async (system) => {
  const { username } = await aColleague(system);
  const agent = await staffBrowser(system.web, { username, password });
  await agent.post('/inbox/filters').type('form').send({ tab: 'mine', sort: 'newest', keep: 'yes' }).expect(303);
  return { agent, path: '/inbox' };
};
const aPersonOfWechat = async ({ sandbox }: System): Promise<string> =>
  (await supertest(sandbox).post('/inspect/people').send({ nickname: '王老师' })).body.openid;
/** Comes back from WeChat's page as this person. */
async function throughWechat(agent: Agent, path: string, openid: string): Promise<void> {
  const asked = await agent.get(path).expect(302);
  const chosen = { method: 'POST', body: new URLSearchParams({ openid }), redirect: 'manual' } as const;
  const back = new URL((await fetch(String(asked.headers.location), chosen)).headers.get('location') ?? '');
  await agent.get(back.pathname + back.search).expect(303);
}
/** A colleague whom WeChat has named, and who has not said yet whether that is theirs. */
export const insideWechat: MakeGround = async (system) => {
  const { username } = await aColleague(system);
  const agent = await staffBrowser(system.web, { username, password });
  await throughWechat(agent, '/staff/wechat', await aPersonOfWechat(system));
  return { agent, path: '/staff/me' };
};
/** A phone that has read the code on a colleague's desktop. */
export const phoneThatRead: MakeGround = async (system) => {
  const { id, username } = await aColleague(system);
  const desktop = await staffBrowser(system.web, { username, password });
  await desktop.post('/staff/wechat/code').expect(303);
  const { sess } = await system.owner('staff_session').whereRaw(`sess->>'staff' = ?`, [id]).first('sess');
  const address = openToShow(system.cipher, 'code to bind a WeChat', sess.wechatCode);
  const phone = pageAgent(system.web).set({ Origin: system.web });
  await throughWechat(phone, new URL(address).pathname, await aPersonOfWechat(system));
  return { agent: phone, path: '/staff/wechat/phone' };
};
/** A colleague with a WeChat. @param fault it takes no messages */
export const withWechat =
  (fault?: 'blocked'): MakeGround =>
  async (system) => {
    const { id, username } = await aColleague(system);
    await system.owner.transaction((trx) => bindStaffWechat(trx, system, id, `form-${id}`));
    if (fault) await markWechat(system.owner, id, { fault, writtenAt: new Date() });
    return { agent: await staffBrowser(system.web, { username, password }), path: '/staff/me' };
  };
/** A colleague to whose user at 企业微信 a code went. */
export const codeOfMessenger: MakeGround = async (system) => {
  const { username } = await aColleague(system);
  const agent = await staffBrowser(system.web, { username, password });
  const phone = officePhone(system.sandbox);
  const user = username.replaceAll('_', '.');
  await phone.user(user);
  const named = { user_id: user, present_password: password };
  await agent.post('/staff/me/messengers/wecom').type('form').send(named).expect(303);
  return { agent, path: '/staff/me/messengers/wecom', fill: { code: await phone.code(user) } };
};
/** A colleague with a user at 企业微信. @param fault it takes no messages */
export const withMessenger =
  (fault?: 'no_user'): MakeGround =>
  async (system) => {
    const { id: staff, username } = await aColleague(system);
    const messenger = 'wecom' as const;
    await system.owner.transaction((trx) =>
      bindStaffMessenger(trx, system, { staff, messenger, user: `form-${staff}` }),
    );
    if (fault) await markMessenger(system.owner, staff, messenger, { fault, writtenAt: new Date() });
    return { agent: await staffBrowser(system.web, { username, password }), path: '/staff/me/messengers/wecom' };
  };
/** Their account, as an admin sees it: signed in somewhere, or with the app. */
export const signedInAs = (system: System, id: string) =>
  system
    .owner('staff')
    .where({ id })
    .first('username')
    .then(({ username }) => staffBrowser(system.web, { username, password }));
export const makeGuard = async (system: System, id: string): Promise<void> => {
  await system.owner('staff_role').insert({ staff_id: id, role: 'security' });
};
export const giveGatePin = async (system: System, id: string): Promise<void> => {
  await system.owner('gate_pin').insert({ staff_id: id, pin_hash: '$argon2id$of a test' });
};
export const giveApp = async (system: System, id: string): Promise<void> => {
  await beginSecondFactor(system.owner, system.cipher, id);
  await system.owner('staff_second_factor').where({ staff_id: id }).update({ confirmed_at: new Date() });
};

export const emergencyAtGate: MakeGround = async (system) => {
  const id = randomUUID();
  const { id: gate, campus_id: campus } = await system.owner('gate').first('id', 'campus_id');
  await noteEmergency(system.owner, { id, gate, campus, kind: 'ambulance', at: Date.now(), guard: null });
  return { agent: (await staffAt(system, 'security', '/')).agent, path: '/security/emergencies' };
};
