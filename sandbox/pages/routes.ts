import { fileURLToPath } from 'node:url';
import { type Response, Router, urlencoded } from 'express';
import type { SandboxSettings } from '../../platform/config.ts';
import type { Faults } from '../faults.ts';
import { addPerson, type Memory } from '../memory.ts';
import type { Office } from '../office/office.ts';
import { browserCookie } from '../wechat/oauth.ts';
import type { Receipts } from '../wechat/receipts.ts';
import { homePage } from './home.ts';
import { letterPage, mailboxPage } from './mailbox.ts';
import { phonePage } from './phone.ts';
import { scannedPage, wechatPage } from './wechat.ts';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** What people see: their messages, the account's menu, and the switches. */
export function pageRoutes(
  settings: SandboxSettings,
  memory: Memory & { office: Office },
  faults: Faults,
  receipts: Receipts,
): Router {
  const router = Router();
  const form = urlencoded({ extended: false, limit: '8kb' });

  router.get('/style.css', (_request, response) => response.sendFile(file('style.css')));
  router.get('/live.js', (_request, response) => response.sendFile(file('live.js')));
  router.get('/', (_request, response) => void response.send(homePage(memory, memory.office, faults.list())));

  router.get('/phone', (request, response) => {
    const number = String(request.query.number ?? '');
    response.redirect(303, /^(?:1[3-9]\d{9}|\+\d{7,15})$/.test(number) ? `/phone/${encodeURIComponent(number)}` : '/');
  });
  router.get('/phone/:number', (request, response) => {
    const texts = memory.texts.filter(({ phone }) => phone === request.params.number);
    response.send(phonePage(request.params.number, texts.reverse()));
  });

  router.get('/mailbox', (request, response) => {
    const address = String(request.query.address ?? '').trim();
    response.redirect(303, address ? `/mailbox/${encodeURIComponent(address)}` : '/');
  });
  router.get('/mailbox/:address', (request, response) => {
    const mails = memory.mails.filter(({ address, bounced }) => address === request.params.address && !bounced);
    response.send(mailboxPage(request.params.address, mails.reverse()));
  });
  router.get('/mailbox/:address/:id', (request, response) => {
    const mail = memory.mails.find(({ id, bounced }) => id === request.params.id && !bounced);
    if (mail?.address === request.params.address) response.send(letterPage(mail));
    else response.status(404).send('没有这封邮件');
  });

  router.param('openid', (_request, response, next, openid) => {
    if (memory.people.has(openid)) next();
    else response.status(404).send('没有这个微信用户');
  });
  const personOf = (openid: string) => {
    const person = memory.people.get(openid);
    if (!person) throw new Error('Nobody with this openid');
    return person;
  };

  router.get('/wechat/:openid', (request, response) => {
    const person = personOf(request.params.openid);
    const messages = memory.wechatMessages.filter(({ openid, shown }) => openid === person.openid && shown);
    response.send(wechatPage(person, settings.SMS_SIGN_NAME, messages.reverse(), memory));
  });
  /** Inside WeChat the next authorisation page knows who this is; a minute is enough for the way there. */
  const within = (response: Response, openid: string) =>
    response.cookie(browserCookie, openid, { httpOnly: true, maxAge: 60_000, path: '/connect', sameSite: 'lax' });
  router.get('/wechat/:openid/menu', (request, response) => {
    within(response, request.params.openid);
    const entry = memory.menu[Number(request.query.entry ?? 0)];
    response.redirect(302, entry?.url ?? `${settings.PUBLIC_URL}/wechat/oauth`);
  });
  /** A QR code of our site's, scanned: its address opens in WeChat's own browser. */
  router.get('/wechat/:openid/scan', (request, response) => {
    const address = String(request.query.address ?? '').trim();
    const isOurs = URL.canParse(address) && new URL(address).origin === new URL(settings.PUBLIC_URL).origin;
    if (!isOurs) return void response.status(422).send('这个二维码不是本站的');
    within(response, request.params.openid);
    response.send(scannedPage(personOf(request.params.openid), address));
  });
  router.post('/wechat/:openid/menu', form, (request, response) => {
    const person = personOf(String(request.params.openid));
    const entry = memory.menu[Number(request.body.entry)];
    if (entry?.type === 'click') receipts.tell('CLICK', person, entry.key);
    response.redirect(303, `/wechat/${encodeURIComponent(person.openid)}`);
  });
  router.post('/wechat/:openid/following', form, (request, response) => {
    const person = personOf(String(request.params.openid));
    const following = request.body.following === 'yes';
    if (following !== person.following) receipts.tell(following ? 'subscribe' : 'unsubscribe', person);
    person.following = following;
    response.redirect(303, `/wechat/${encodeURIComponent(person.openid)}`);
  });
  router.post('/wechat/:openid/blocking', form, (request, response) => {
    const person = personOf(String(request.params.openid));
    person.blocking = request.body.blocking === 'yes';
    response.redirect(303, `/wechat/${encodeURIComponent(person.openid)}`);
  });

  router.post('/people', form, (request, response) => {
    const nickname = String(request.body.nickname ?? '').trim();
    if (nickname) addPerson(memory, nickname.slice(0, 20));
    response.redirect(303, '/');
  });
  router.post('/faults', form, (request, response) => {
    faults.set(String(request.body.target), String(request.body.mode));
    response.redirect(303, '/');
  });
  return router;
}
