import { z } from 'zod';
import { readSettings, wechatSchema } from '../platform/config.ts';
import { createWechat, visitorMenu, type WechatFailure, type WechatFault } from '../platform/wechat.ts';

/**
 * npm run wechat:menu: creates the official account's menu with PUBLIC_URL, WECHAT_APP_ID and WECHAT_APP_SECRET from
 * the environment. Done again it replaces the menu by the same one.
 */
const { WECHAT_API_URL, WECHAT_OPEN_URL, WECHAT_APP_ID, WECHAT_APP_SECRET } = wechatSchema.shape;
const schema = z
  .object({ WECHAT_API_URL, WECHAT_OPEN_URL, WECHAT_APP_ID, WECHAT_APP_SECRET, PUBLIC_URL: z.url() })
  // The sandbox takes a loopback address; nobody's phone could open it from the real account's menu.
  .refine((settings) => settings.WECHAT_API_URL.startsWith('http:') || settings.PUBLIC_URL.startsWith('https:'), {
    path: ['PUBLIC_URL'],
    message: 'visitors need an https address that they can reach',
  });

const whatToDo: Partial<Record<WechatFault, string>> = {
  bad_credentials:
    'Check WECHAT_APP_ID and WECHAT_APP_SECRET, and that this machine’s address is in the account’s IP whitelist (IP白名单)',
  no_permission: 'The account needs the right to a menu: a verified service account (已认证的服务号) has it',
  busy: 'Try again later',
  quota: 'Try again later',
  unknown: 'The menu may be there or not: run this again, which is harmless',
};

function refusal({ fault, errcode }: WechatFailure, host: string): Error {
  if (fault === 'unreachable') return new Error(`${host} cannot be reached from this machine. Nothing was changed.`);
  const said = errcode === undefined ? `${host} gave no answer that can be read.` : `WeChat refused it (${errcode}).`;
  return new Error(`${said} ${whatToDo[fault] ?? 'The number says why, in WeChat’s list of return codes'}.`);
}

try {
  const settings = readSettings(schema, process.env);
  // A stable token is the same for everybody who asks: nothing needs to be kept between two runs.
  const wechat = createWechat(
    { ...settings, WECHAT_TEMPLATES: {} },
    { read: async () => undefined, renew: (ask) => ask(undefined) },
  );
  const entries = visitorMenu(settings.PUBLIC_URL.replace(/\/$/, ''));
  const created = await wechat.createMenu(entries);
  if (!created.ok) throw refusal(created, new URL(settings.WECHAT_API_URL).host);
  console.log(`The menu now shows ${entries.map(({ name }) => name).join(', ')}. Phones take it over within a day.`);
  process.exit(0);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
