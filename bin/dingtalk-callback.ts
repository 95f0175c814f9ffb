import { z } from 'zod';
import { messengerSchema, readSettings } from '../platform/config.ts';
import { createDingtalk } from '../platform/messengers/dingtalk.ts';
import type { MessengerFailure, MessengerFault } from '../platform/messengers/messenger.ts';

/**
 * npm run dingtalk:callback: tells DingTalk where presses of cards go, with PUBLIC_URL and DINGTALK_* from the environment. Done
 * again it says the same, or another address or secret.
 */
const schema = messengerSchema
  .extend({ PUBLIC_URL: z.url() })
  // The sandbox takes a loopback address; DingTalk itself could not reach it.
  .refine((settings) => settings.DINGTALK_API_URL.startsWith('http:') || settings.PUBLIC_URL.startsWith('https:'), {
    path: ['PUBLIC_URL'],
    message: 'DingTalk needs an https address that it can reach',
  });

const whatToDo: Partial<Record<MessengerFault, string>> = {
  misconfigured:
    'Check DINGTALK_APP_KEY and DINGTALK_APP_SECRET, and that the app has the right Card.Instance.Write (互动卡片实例写权限)',
  busy: 'Try again later',
  unknown: 'It may be so or not: run this again, which is harmless',
};

function refusal({ fault, code }: MessengerFailure, host: string): Error {
  if (fault === 'unreachable') return new Error(`${host} cannot be reached from this machine. Nothing was changed.`);
  const said = code === undefined ? `${host} gave no answer that can be read.` : `DingTalk refused it (${code}).`;
  return new Error(`${said} ${whatToDo[fault] ?? 'The code says why, in DingTalk’s list of error codes'}.`);
}

try {
  const settings = readSettings(schema, process.env);
  // Nothing needs to be kept between two runs: DingTalk has one token for everybody who asks.
  const dingtalk = createDingtalk(settings, () => ({ read: async () => undefined, renew: (ask) => ask(undefined) }));
  if (!dingtalk) throw new Error('DINGTALK_APP_KEY is missing');
  const address = `${settings.PUBLIC_URL.replace(/\/$/, '')}/messengers/dingtalk`;
  const registered = await dingtalk.registerCallback(address);
  if (!registered.ok) throw refusal(registered, new URL(settings.DINGTALK_API_URL).host);
  console.log(`Presses of cards go to ${address} from now on.`);
  process.exit(0);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
