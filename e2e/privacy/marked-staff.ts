import { saveStaffContact } from '../../store/messages/staff-contact.ts';
import type { System } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { PlainBrowser } from '../plain-browser.ts';
import type { Marker } from './markers.ts';

/** The links that let staff in without a password: one decides a task, the other sets a first password. */

const address = 'biaoji-shenpi@example.edu';
const password = 'Marked-first-Passw0rd';
const invited = { name: '新同事', address: 'biaoji-yaoqing@example.edu' };

/** The approver wants a mail for every task. */
export async function giveApproverAnAddress({ db, cipher }: System): Promise<void> {
  const { id } = await db('staff').where({ username: 'approver' }).first('id');
  await saveStaffContact(db, cipher, id, { email: address, language: 'zh-CN', digest: false, quiet: false });
}

/** From the mail, without a login: a wrong user name first. */
export async function refuseByMail(system: System, reason: string): Promise<void> {
  const [link = ''] = await until(async () => {
    const all = await linksInMails(system, address, /\/t\/([\w-]{43})/g);
    return all.length > 0 && all;
  }, 'the mail with the link');
  const browser = new PlainBrowser(system.web);
  const answer = { verdict: '不同意', 不同意的原因: '时间不合适', reason };
  const page = await browser.open(`/t/${link}`);
  const wrong = await browser.submit(page, '提交审批', { ...answer, username: 'somebody-else' });
  if (wrong.status !== 422) throw new Error(`A wrong user name is answered ${wrong.status}`);
  const done = await browser.submit(page, '提交审批', { ...answer, username: 'approver' });
  if (!done.has('拒绝此预约')) throw new Error(`The link did not decide: ${done.text.slice(0, 800)}`);
}

/**
 * A new account, and its first password by the link that came by mail; another link was shown on the admin's page.
 * @returns links, password and address
 */
export async function inviteStaff(system: System, admin: PlainBrowser): Promise<Marker[]> {
  const form = await admin.open('/admin/staff/new');
  const made = await admin.submit(form, '新建账号', {
    name: invited.name,
    username: 'new.colleague',
    email: invited.address,
  });
  const path = /\/staff\/links\/[\w-]{43}/.exec(made.$('textarea').text())?.[0];
  if (!path) throw new Error(`No link was shown: ${made.text.slice(0, 800)}`);
  const [mailed = ''] = await until(async () => {
    const all = await linksInMails(system, invited.address, /\/staff\/links\/([\w-]{43})/g);
    return all.length > 0 && all;
  }, 'the mail with the invitation');
  const browser = new PlainBrowser(system.web);
  const choosing = await browser.open(`/staff/links/${mailed}`);
  const login = await browser.submit(choosing, '保存密码', { password, password_again: password });
  if (!login.has('工作人员登录')) throw new Error(`No password was set: ${login.text.slice(0, 800)}`);
  return [
    { what: 'link of an invitation of staff', text: path.slice(-43), random: true },
    { what: 'link of an invitation of staff by mail', text: mailed, random: true },
    { what: 'address of an invitation', text: invited.address },
    { what: 'first password of staff', text: password },
  ];
}

/** @returns the approver's address, and the links of every mail that went there */
export async function whatMailsHold(system: System): Promise<Marker[]> {
  const links = await linksInMails(system, address, /\/t\/([\w-]{43})/g);
  return [
    { what: 'address of staff', text: address },
    ...links.map((text) => ({ what: 'link of a task', text, random: true as const })),
  ];
}

/** The secret part of each. */
async function linksInMails({ sandbox }: System, to: string, link: RegExp): Promise<string[]> {
  const answer = await fetch(`${sandbox}/inspect/mails?address=${to}`);
  const mails = (await answer.json()) as { text: string }[];
  return mails.flatMap(({ text }) => [...text.matchAll(link)].map(([, token = '']) => token));
}
