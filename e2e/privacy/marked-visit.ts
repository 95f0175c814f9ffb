import { type System, staffLogins } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { aVisitor, controlsOf, type Visitor, windowOf } from '../people.ts';
import { PlainBrowser, type PlainPage } from '../plain-browser.ts';
import * as plainly from '../plain-walk.ts';
import { SandboxPhones } from '../sandbox-phone.ts';
import { scan } from '../scanner.ts';
import { department } from '../walk.ts';
import { addPlatesAndPhotos, joinByLink, lookAtPasses, reserveTogether, signatureOf } from './marked-party.ts';
import { giveApproverAnAddress, inviteStaff, refuseByMail, whatMailsHold } from './marked-staff.ts';
import type { Marker } from './markers.ts';

/** A person whose every word can be told from everything else. */
const visitor: Visitor = {
  ...aVisitor(0),
  name: '欧阳标记人',
  sex: '男',
  phone: '13987650421',
  document: '110199198801014576',
  plate: '冀A7K8M9',
  unit: '标记单位研究所',
};
const host = '慕容被访人';
const note = '自由文本里写着带三箱标本';
const refusal = '拒绝理由是标本室维修';
const unmasking = '查看理由是核对同名者';
const guess = 'A-wrong-Passw0rd-marker';

/**
 * Walks a marked visitor through everything that is asked of anybody, inside WeChat, and collects every credential
 * made on the way: an approved visit of four with an entry, one refused
 * from the mail, a new account of staff, searches and unmasking by staff, wrong codes.
 *
 * @returns what must be nowhere in the clear, and the pages that told of an error
 */
export async function walkMarkedVisitor(system: System): Promise<{ markers: Marker[]; errorPages: PlainPage[] }> {
  const phones = new SandboxPhones(system.sandbox);
  const { openid } = await phones.newWechatPerson('标记昵称');
  const browser = plainly.plainBrowserOf(system, visitor);
  await browser.open(`${system.sandbox}/wechat/${encodeURIComponent(openid)}/menu`);
  await plainly.provePhone(system, visitor, browser);
  const [login] = await phones.texts(visitor.phone);
  await browser.submit(await browser.open('/wechat/binding'), '绑定', { 同意通过微信接收通知: '' });
  await plainly.completeProfile(visitor, browser);
  const own = await addPlatesAndPhotos(browser);

  await giveApproverAnAddress(system);
  const visit = { department, host, reason: '业务往来', note };
  const refused = await plainly.reserve(browser, { ...visit, ...windowOf(3600_000) });
  await refuseByMail(system, refusal);
  await plainly.stubbornly(browser).open(`/reservations/${refused}`, (page) => page.has(refusal));

  const party = await reserveTogether(system, browser, { ...visit, ...windowOf(3600_000) });
  const approved = party.reservation;
  const joined = await joinByLink(system, party.join);
  await plainly.decide(system, visitor);
  const passPath = await plainly.passOf(browser, approved);
  const pass = await browser.open(passPath);
  const qrText = pass.$('.qr').attr('data-text') ?? '';
  const gateCode = pass.$('.pass__gatecode dd').text().trim();
  await plainly.enter(system, browser, { passPath, gate: 'south' });
  await scan(system.gates.east, { kind: 'code', value: gateCode, document: visitor.document });

  const message = await until(async () => {
    const all = await phones.wechatMessages(openid);
    return all.find(({ fields }) => fields.some(({ value }) => /^\d{6}$/.test(value)));
  }, 'the message with the code');
  const visitCode = message.fields.find(({ value }) => /^\d{6}$/.test(value))?.value ?? '';
  const stranger = new PlainBrowser(system.web);
  const codeForm = await stranger.open(new URL(message.url).pathname);
  await stranger.submit(codeForm, '查看凭证', { code: '000000' });
  await stranger.submit(codeForm, '查看凭证', { code: visitCode });

  const passes = await lookAtPasses(system, approved, { lead: browser, invited: joined });
  const staff = [...(await lookAsStaff(system, approved)), ...(await whatMailsHold(system))];
  const errorPages = await meetErrors(system, browser, approved);
  const made = markersOf({ openid, login: login?.values[0] ?? '', qrText, gateCode, visitCode });
  return { errorPages, markers: [...made, ...own, ...party.markers, ...passes, ...staff] };
}

/** @returns what must be nowhere of an account that is made */
async function lookAsStaff(system: System, reservation: string): Promise<Marker[]> {
  const admin = new PlainBrowser(system.web);
  const login = await admin.open('/staff/login');
  await admin.submit(login, '登录', { username: staffLogins.admin.username, password: guess });
  const within = await admin.submit(login, '登录', { ...staffLogins.admin });
  if (within.url.pathname === '/staff/login') throw new Error(`The admin cannot sign in: ${within.text}`);
  const list = await admin.open('/admin/reservations');
  await admin.submit(list, '查找', { term: visitor.phone });
  await admin.submit(list, '查找', { term: visitor.document });
  const one = await admin.open(`/admin/reservations/${reservation}`);
  const shown = await admin.submit(one, '查看', { unmask_reason: unmasking });
  if (!shown.has(visitor.document)) throw new Error('The document was not unmasked: the walk would prove nothing');
  return inviteStaff(system, admin);
}

/** Pages that tell of an error, asked for with everything the visitor knows. */
async function meetErrors(system: System, browser: PlainBrowser, reservation: string): Promise<PlainPage[]> {
  const form = await browser.open('/reservations/new?channel=personal');
  const typed = { department, host, reason: '业务往来', note, ...controlsOf(windowOf(3600_000)) };
  const evil = new PlainBrowser(system.web, { 'Sec-Fetch-Site': 'cross-site' });
  const stranger = new PlainBrowser(system.web);
  const pages = [
    await evil.submit(form, '提交预约', typed),
    await browser.open(`/passes/${reservation}`),
    await browser.open('/reservations/no-such-thing'),
    await stranger.submit(await stranger.open('/staff/login'), '登录', {
      username: 'x'.repeat(50_000),
      password: guess,
    }),
  ];
  const wrong = pages.filter(({ status }) => status < 400);
  if (wrong.length > 0) throw new Error(`No error at ${wrong.map(({ url }) => url.pathname).join(', ')}`);
  return pages;
}

function markersOf(made: {
  openid: string;
  login: string;
  qrText: string;
  gateCode: string;
  visitCode: string;
}): Marker[] {
  if (!made.openid || !/^\d{6}$/.test(made.login) || !made.gateCode || !made.visitCode) {
    throw new Error('A credential was not collected: the search would prove nothing');
  }
  return [
    ...Object.entries({ ...visitor, host, note, refusal, unmasking, guess })
      .filter(([what]) => !['sex', 'documentType'].includes(what))
      .map(([what, text]) => ({ what, text })),
    { what: 'document tail', text: visitor.document.slice(-6) },
    { what: 'openid', text: made.openid },
    { what: 'login code', text: made.login },
    { what: 'visit code', text: made.visitCode },
    { what: 'gate code', text: made.gateCode },
    { what: 'gate code without its dash', text: made.gateCode.replace(/[^0-9A-Z]/g, '') },
    { what: 'pass token', text: signatureOf(made.qrText) },
    { what: 'pass token as QR', text: made.qrText.slice(-160, -100) },
  ];
}
