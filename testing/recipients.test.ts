import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { messageKindNames, messageKinds } from '../domain/message-kinds.ts';
import { kindOfSmsValue, kindOfWechatField, mayTransmit, otherClients, recipients } from '../domain/recipients.ts';
import { smsTemplates } from '../domain/sms-templates.ts';
import { hasSentence } from '../platform/i18n.ts';

/** Nothing about a visitor goes to a third party that the list of recipients does not name. */

/** What opens a connection outwards, as a call or as a package. */
const outward =
  /\bfetch\(|\b(?:https?|net|tls|http2)\.(?:request|get|connect|createConnection)\(|from '(?:nodemailer|openid-client|@opentelemetry\/exporter-[\w-]*|tencentcloud[\w-]*|wechatpay[\w-]*|axios|got|undici|node-fetch|ioredis|mqtt)'/;
/** Parts of our own speak to each other, and say nothing to anybody else. */
const ownParts: Record<string, string> = {
  'web/start.ts': 'a HEAD request that asks whether a partner is there',
  'gate-worker/fetch-page.ts': 'a gate asks web for its feed',
};

const rooms = ['activities', 'delivery', 'domain', 'gate-worker', 'platform', 'store', 'web', 'workflows'];
const top = new URL('..', import.meta.url).pathname;
const sources = rooms.flatMap((room) =>
  readdirSync(join(top, room), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map((path) => `${room}/${path}`),
);

it('every client of a partner belongs to a recipient, or to a part that is given nothing about a visitor', () => {
  const found = sources.filter((path) => outward.test(readFileSync(join(top, path), 'utf8')));
  const named = [
    ...Object.values(recipients).flatMap(({ clients }) => [...clients]),
    ...Object.values(otherClients).flat(),
    ...Object.keys(ownParts),
  ];
  expect(found.toSorted()).toEqual(named.toSorted());
});

it('a recipient is sent no kind of data that it is not named for', () => {
  const { sms, wechat } = recipients;
  const byText = Object.values(smsTemplates).flatMap((values) => values.map((value) => kindOfSmsValue[value]));
  const byWechat = messageKindNames.flatMap((kind) =>
    messageKinds[kind].wechat.fields.map((field) => kindOfWechatField[field]),
  );
  const told = (kinds: readonly (string | null)[]) => [...new Set(kinds.filter((kind) => kind !== null))].toSorted();
  expect(told(['phone', ...byText])).toEqual(told(sms.kinds));
  expect(told(['openid', ...byWechat])).toEqual(told(wechat.kinds));
});

it('each has its name, contact, purpose and reason in both languages', () => {
  for (const id of Object.keys(recipients))
    for (const part of ['name', 'contact', 'purpose', 'basis'])
      expect(hasSentence(`recipients.${id}.${part}`), `${id} ${part}`).toBe(true);
});

it('what rests on an agreement goes nowhere without one', () => {
  expect([mayTransmit('sms', []), mayTransmit('wechat', [])]).toEqual([true, false]);
  expect(mayTransmit('wechat', ['terms', 'personal_information', 'face'])).toBe(false);
  expect(mayTransmit('wechat', ['wechat'])).toBe(true);
});
