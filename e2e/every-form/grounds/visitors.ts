import { randomUUID } from 'node:crypto';
import { bindOpenid } from '../../../store/people/visitor.ts';
import { aDocument, answerTo, forgetTries } from '../../../testing/bad-input/ground.ts';
import { aDeclaredCompanion } from '../../../testing/companions.ts';
import type { System } from '../../../testing/system.ts';
import { newestCode, VisitorBrowser } from '../../../testing/visitor-browser.ts';
import type { Given, MakeGround } from '../entry.ts';
import { settled } from './visits.ts';

/** Visitors, and what they have brought so far. All people are made up. */

export const somebodyAt =
  (path: string): MakeGround =>
  async (system) => ({ agent: (await settled(system)).agent, path });

/** A code, asked for on the page and read on the phone. */
export const withCode =
  (path: string, asked: [at: string, form: Record<string, string>], fill: Given = {}): MakeGround =>
  async (system) => {
    const visitor = await settled(system);
    await forgetTries(system);
    const [at, form] = asked;
    await visitor.post(at, form);
    return { agent: visitor.agent, path, fill: { ...fill, code: await newestCode(system, visitor.phone) } };
  };
export const aPerson = () => ({ name: '周奶奶', document_number: aDocument() });

/** The id of a visitor, by the phone. */
async function idOf({ owner, index }: System, { phone }: VisitorBrowser): Promise<string> {
  const hash = index('phone', phone);
  return (await owner('visitor').where({ phone_hash: hash }).first('id')).id;
}
const companionOf = async (system: System, lead: VisitorBrowser): Promise<string> =>
  (
    await system
      .owner('companion')
      .where({ visitor_id: await idOf(system, lead) })
      .first('id')
  ).id;

const guardian = { name: '李父', phone: '15811110107' };
/** A child of the lead's book. */
async function aChild(system: System) {
  const visitor = await settled(system);
  const declared = (await visitor.page('/companions/new'))('[name=declared]').attr('value') ?? '';
  const child = { name: '小明', phone: '', document_type: 'resident_id', document_number: aDocument('20200101') };
  await visitor.post('/companions', { ...child, unit: '', declared }).expect(303);
  const id = await companionOf(system, visitor);
  return { visitor, id, path: `/guardians/new?for=${id}` };
}
export const forGuardian: MakeGround = async (system) => {
  const { visitor, path } = await aChild(system);
  return { agent: visitor.agent, path, fill: guardian };
};
/** And a code on the guardian's phone. */
export const guardianAgrees: MakeGround = async (system) => {
  const { visitor, id, path } = await aChild(system);
  await forgetTries(system);
  const challenge = answerTo((await visitor.agent.get(path)).text);
  await visitor.post('/guardians/code', { ...guardian, for: id, party: '', challenge }).expect(200);
  const code = await newestCode(system, guardian.phone);
  return { agent: visitor.agent, path, fill: { ...guardian, agree: 'on', code } };
};
/** A code on each of the two phones. */
export const phoneChanged: MakeGround = async (system) => {
  const visitor = await settled(system);
  const new_phone = '15900000177';
  await forgetTries(system);
  for (const to of ['old', 'new']) await visitor.post('/account/phone/codes', { to, new_phone }).expect(200);
  const [code, new_code] = [await newestCode(system, visitor.phone), await newestCode(system, new_phone)];
  return { agent: visitor.agent, path: '/account/phone', fill: { new_phone, code, new_code } };
};
export const withPlates: MakeGround = async (system) => {
  const visitor = await settled(system);
  await visitor.post('/profile/plates', { plate: '冀A54321' }).expect(303);
  return { agent: visitor.agent, path: '/profile/plates' };
};
/** On the way from a form to the book. */
export const choosing: MakeGround = async (system) => {
  const visitor = await settled(system);
  const left = await visitor.post('/companions/selection', await visitor.visitForm()).expect(303);
  return { agent: visitor.agent, path: String(left.headers.location) };
};
/** Somebody of the book who was taken out of it just now. */
export const takenOut: MakeGround = async (system) => {
  const visitor = await settled(system);
  const declared = (await visitor.page('/companions/new'))('[name=declared]').attr('value') ?? '';
  const person = {
    name: '周奶奶',
    phone: '',
    document_type: 'resident_id',
    document_number: aDocument(),
    unit: '',
    declared,
  };
  await visitor.post('/companions', person).expect(303);
  const id = await companionOf(system, visitor);
  const gone = await visitor.post(`/companions/${id}/removal`, { party: '' }).expect(303);
  return { agent: visitor.agent, path: String(gone.headers.location) };
};
/** Bound to a WeChat account, with a code for what asks for one. */
export const boundToWechat: MakeGround = async (system) => {
  const visitor = await settled(system);
  await forgetTries(system);
  await visitor.post('/account/codes', { purpose: 'unbind', back: '/account' });
  await bindOpenid(system.owner, system, await idOf(system, visitor), randomUUID());
  return { agent: visitor.agent, path: '/account', fill: { code: await newestCode(system, visitor.phone) } };
};

/** Somebody invited to another one's book, who came by the link and is settled. */
async function invited(system: System) {
  const [lead, friend] = [await settled(system), new VisitorBrowser(system)];
  const { name } = friend.person;
  const made = await lead.post('/companions/invitations', { name, phone: friend.phone, party: '' }).expect(303);
  const link = new URL((await lead.page(String(made.headers.location)))('textarea').text());
  await friend.agent.get(link.pathname).expect(303);
  return friend.settle();
}
export const joining: MakeGround = async (system) => ({ agent: (await invited(system)).agent, path: '/join' });
export const memberOfBook: MakeGround = async (system) => {
  const friend = await invited(system);
  await friend.post('/join').expect(200);
  return { agent: friend.agent, path: '/companions' };
};

/** Somebody in another one's book, who has proved the phone that stands there, without an account. */
export const heldByAnother: MakeGround = async (system) => {
  const [lead, browser] = [await settled(system), new VisitorBrowser(system)];
  await aDeclaredCompanion(system, await idOf(system, lead), { phone: browser.phone });
  await forgetTries(system);
  await browser.post('/held-by-others/code', { phone: browser.phone }).expect(200);
  const code = await newestCode(system, browser.phone);
  await browser.post('/held-by-others', { phone: browser.phone, code }).expect(303);
  return { agent: browser.agent, path: '/held-by-others' };
};
