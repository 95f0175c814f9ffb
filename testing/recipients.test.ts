import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { messageKindNames, messageKinds } from '../domain/message-kinds.ts';
import { messengerNames } from '../domain/messengers.ts';
import {
  kindOfSmsValue,
  kindOfTaskFact,
  kindOfWechatField,
  mayTransmit,
  otherClients,
  recipients,
} from '../domain/recipients.ts';
import { smsTemplates } from '../domain/sms-templates.ts';
import { hasSentence } from '../platform/i18n.ts';

/** Nothing about a visitor goes to a third party that the list of recipients does not name. */

/** Packages that speak to somebody outside. */
const speaking = [
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/exporter-trace-otlp-proto',
  'nodemailer',
  'openid-client',
  'tencentcloud-sdk-nodejs-sms',
];
/** Those that speak to our own database or engine alone. */
const ownSpeaking = ['@temporalio/client', '@temporalio/worker', 'http-proxy-middleware', 'knex', 'pg'];
/** Those that speak to nobody. One that stands nowhere here counts as a client: somebody has to judge it. */
const silent = [
  '@e965/xlsx',
  '@opentelemetry/api',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-trace',
  '@swc/core',
  '@temporalio/activity',
  '@temporalio/common',
  '@temporalio/proto',
  '@temporalio/workflow',
  'compression',
  'ejs',
  'express',
  'express-session',
  'fast-xml-parser',
  'helmet',
  'i18next',
  'ical-generator',
  'markdown-it',
  'pino',
  'pino-http',
  'prom-client',
  'purgecss',
  'qrcode',
  'sharp',
  'uqr',
  'weui',
  'zod',
  'zxing-wasm',
];
/** What a file may take of Node's network modules and be no client: it listens, or looks at an address. */
const listening = [
  'createServer',
  'Server',
  'BlockList',
  'isIP',
  'isIPv4',
  'isIPv6',
  'IncomingMessage',
  'ServerResponse',
];

const imported = /^import\s+(?!type\b)(?:([\w{}\s,*]+?)\s+from\s+)?'([^'.][^']*)'/gm;
const network = /^node:(?:http|https|http2|net|tls|dgram|dns|child_process)(?:\/|$)/;
const packageOf = (path: string) =>
  path
    .split('/')
    .slice(0, path.startsWith('@') ? 2 : 1)
    .join('/');

/** Whether a source may open a connection outwards. */
function speaks(source: string): boolean {
  if (
    /\bfetch\(|\bnew (?:WebSocket|EventSource|XMLHttpRequest)\b|\bimport\('(?!\.)|\bcreateRequire\([^)]*\)\(/.test(
      source,
    )
  )
    return true;
  return [...source.matchAll(imported)].some(([, names = '', path = '']) => {
    if (network.test(path)) return !takenOf(names).every((name) => listening.includes(name));
    return !path.startsWith('node:') && ![...silent, ...ownSpeaking].includes(packageOf(path));
  });
}

/** `{ createServer, type Server as Own }` without its types; a whole module by its own name. */
const takenOf = (names: string): string[] =>
  names
    .replace(/[{}]/g, '')
    .split(',')
    .map((name) => name.trim().replace(/ as .*/, ''))
    .filter((name) => name !== '' && !name.startsWith('type '));

/** Parts of our own speak to each other, and say nothing to anybody else. */
const ownParts: Record<string, string> = {
  'web/start.ts': 'a HEAD request that asks whether a partner is there',
  ...Object.fromEntries(
    ['admit', 'answer', 'methods', 'refused', 'server'].map((name) => [`door/${name}.ts`, 'the engine, for gates']),
  ),
  'gate-worker/forwarder.ts': 'a gate tells the engine what it saw',
  'gate-worker/fetch-page.ts': 'a gate asks web for its feed',
  'gate-worker/devices/isapi.ts': 'a gate tells a terminal beside it whether to open',
  'gate-worker/ask-web.ts':
    'a gate asks web what a vehicle has to pay, and tells it of refused scans and emergency entries',
  'gate-worker/enrolment/ask-web.ts': 'a box asks web to become a gate',
};

const rooms = ['activities', 'delivery', 'domain', 'door', 'gate-worker', 'platform', 'store', 'web', 'workflows'];
const top = new URL('..', import.meta.url).pathname;
const sources = rooms.flatMap((room) =>
  readdirSync(join(top, room), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map((path) => `${room}/${path}`),
);

it('every client of a partner belongs to a recipient, or to a part that is given nothing about a visitor', () => {
  const found = sources.filter((path) => speaks(readFileSync(join(top, path), 'utf8')));
  const named = new Set([
    ...Object.values(recipients).flatMap(({ clients }) => [...clients]),
    ...Object.values(otherClients).flat(),
    ...Object.keys(ownParts),
  ]);
  expect(found.toSorted()).toEqual([...named].toSorted());
});

it('a client is seen whatever it speaks by: a package that nobody judged, a module of Node, a browser’s means', () => {
  const clients = [
    "import axios from 'axios';",
    "import { Client } from '@somebody/push';",
    "import 'newrelic';",
    "import { request } from 'node:https';",
    "import { createServer, request as ask } from 'node:http';",
    "import * as net from 'node:net';",
    "import { connect } from 'node:tls';",
    "import { execFile } from 'node:child_process';",
    "await fetch('https://partner.example');",
    "new WebSocket('wss://partner.example');",
    "await import('axios');",
    "createRequire(import.meta.url)('axios');",
    ...speaking.map((name) => `import { one } from '${name}';`),
  ];
  expect(clients.filter((source) => !speaks(source))).toEqual([]);
  const others = [
    "import { createServer, type ClientRequest } from 'node:http';",
    "import type { Socket } from 'node:net';",
    "import { isIP } from 'node:net';",
    "import knex from 'knex';",
    "import { fetchPage } from './fetch-page.ts';",
    "await import('./later.ts');",
  ];
  expect(others.filter(speaks)).toEqual([]);
});

it('a recipient is sent no kind of data that it is not named for', () => {
  const { sms, wechat, wechat_pay: pay, ...messengers } = recipients;
  const byText = Object.values(smsTemplates).flatMap((values) => values.map((value) => kindOfSmsValue[value]));
  const byWechat = messageKindNames.flatMap((kind) =>
    messageKinds[kind].wechat.fields.map((field) => kindOfWechatField[field]),
  );
  const told = (kinds: readonly (string | null)[]) => [...new Set(kinds.filter((kind) => kind !== null))].toSorted();
  expect(told(['phone', ...byText])).toEqual(told(sms.kinds));
  expect(told(['openid', ...byWechat])).toEqual(told(wechat.kinds));
  // What an order is opened with, and what is said of a refund.
  expect(told(['openid', 'network', 'amount'])).toEqual(told(pay.kinds));
  // A card's facts, and its title.
  for (const { kinds } of Object.values(messengers)) expect(told(Object.values(kindOfTaskFact))).toEqual(told(kinds));
  expect(Object.keys(messengers)).toEqual([...messengerNames]);
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
