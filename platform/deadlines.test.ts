import { describe, expect, test } from 'vitest';
import { messengerNames } from '../domain/messengers.ts';
import { demoPartnerSettings, demoSecrets } from '../sandbox/demo-settings.ts';
import { openSilentServer, type SilentServer } from '../testing/silent-server.ts';
import { until } from '../testing/until.ts';
import type { TokenStore } from './access-token.ts';
import { createCodec } from './codec.ts';
import {
  mailSchema,
  messengerSchema,
  readSettings,
  smsSchema,
  type TemporalSettings,
  wechatPaySchema,
  wechatSchema,
} from './config.ts';
import { createEngineProbe } from './engine-probe.ts';
import { createLog } from './log.ts';
import { createMail } from './mail.ts';
import { createMessengers } from './messengers.ts';
import { createSms } from './sms.ts';
import { connectClient, connectWorker } from './temporal.ts';
import { createWechat } from './wechat.ts';
import { createWechatPay } from './wechat-pay.ts';

/** Every call that leaves the process has an end of its own, and lets go of its connection then. */

const settingsAt = (url: string) => demoPartnerSettings(url, demoSecrets());
/** A token is there: the call itself is made. */
const keptToken: TokenStore = {
  read: async () => ({ token: '98_kept', expiresAt: new Date(Date.now() + 3600_000) }),
  renew: async () => undefined,
};
const wechatAt = ({ url }: SilentServer) => createWechat(readSettings(wechatSchema, settingsAt(url)), keptToken);
const message = { openid: 'o1', template: 'approved', fields: {}, url: '', clientMessageId: '1' };
const engineAt = ({ port }: SilentServer): TemporalSettings => ({
  TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
  TEMPORAL_NAMESPACE: 'default',
  TEMPORAL_TLS: false,
  TEMPORAL_API_KEY: undefined,
});
const codec = createCodec({ current: 'c1', keys: { c1: Buffer.alloc(32, 1) } });

const fault = (result: { ok: boolean }) => ('fault' in result ? result.fault : 'none');
const calls: {
  name: string;
  call: (server: SilentServer) => Promise<unknown>;
  seconds: number;
  sdk?: true;
  never?: string;
}[] = [
  {
    name: 'WeChat, a sign-in',
    call: async (server) => fault(await wechatAt(server).exchangeCode('code')),
    seconds: 15,
  },
  {
    name: 'WeChat, a message',
    call: async (server) => fault(await wechatAt(server).sendTemplate(message)),
    seconds: 15,
  },
  ...messengerNames.map((name) => ({
    name,
    async call({ url }: SilentServer) {
      const messengers = createMessengers(readSettings(messengerSchema, settingsAt(url)), () => keptToken);
      const sent = await messengers[name]?.send('approver', { title: 'a', text: 'b', facts: [] }, '1');
      return sent && fault(sent);
    },
    seconds: 15,
  })),
  {
    name: 'WeChat Pay',
    async call({ url }) {
      const settings = { ...settingsAt(url), PUBLIC_URL: 'http://127.0.0.1:9' };
      const asked = await createWechatPay(readSettings(wechatPaySchema, settings))?.query(crypto.randomUUID());
      return asked && fault(asked);
    },
    seconds: 15,
  },
  {
    name: 'the SMS provider',
    call: async ({ url }) =>
      fault(
        await createSms(readSettings(smsSchema, settingsAt(url))).send('13800138000', {
          template: 'login',
          code: '123456',
          minutes: 5,
        }),
      ),
    seconds: 15,
  },
  {
    name: 'the mail server',
    call: async ({ port }) =>
      fault(
        await createMail(readSettings(mailSchema, demoPartnerSettings('', demoSecrets(), port))).send(
          { name: '李明', address: 'li@example.edu' },
          { subject: '', text: '', html: '' },
          '1',
        ),
      ),
    seconds: 20,
    // Without a greeting nothing was handed over.
    never: 'unreachable',
  },
  {
    name: 'the engine, asked by a page',
    async call(server) {
      const { client, close } = connectClient(engineAt(server), codec);
      const asked = createEngineProbe(client).probe();
      const answer = await asked.catch(() => 'unknown');
      await close();
      return answer;
    },
    seconds: 20,
    sdk: true,
  },
  {
    name: 'the engine, asked by a worker',
    async call(server) {
      const stopping = new AbortController();
      const connecting = connectWorker(engineAt(server), { log: createLog('test', 'silent'), signal: stopping.signal });
      await until(() => server.connections().made > 0, 'the worker connects');
      stopping.abort();
      return connecting.catch(() => 'unknown');
    },
    seconds: 10,
    sdk: true,
  },
];

describe.each(['never', 'dribble'] as const)('a partner that answers so: %s', (how) => {
  test.concurrent.each(calls)('$name', async ({ call, seconds, sdk, never }) => {
    const server = await openSilentServer(how);
    try {
      const began = Date.now();
      expect(await call(server)).toBe((how === 'never' && never) || 'unknown');
      expect(Date.now() - began).toBeLessThan(seconds * 1_000);
      expect(server.connections().made).toBeGreaterThan(0);
      // The engine's own client lets go in its own time: one connection a process, not one a call.
      if (sdk) return expect(server.connections().open).toBeLessThan(2);
      await until(() => server.connections().open === 0, 'the connection is let go');
    } finally {
      await server.close();
    }
  });
});
