import { createMail } from '../../platform/mail.ts';
import type { TokenStoreOf } from '../../platform/messengers/messenger.ts';
import { createMessengers } from '../../platform/messengers.ts';
import type { Check } from './check.ts';
import type { SettingsOf } from './settings.ts';

/** Reachability only: what a partner thinks of our secrets shows at the first message. */
export function partnerChecks(settings: SettingsOf<'application'>): Check[] {
  return [
    { name: 'WeChat', needs: ['WECHAT_API_URL'], look: () => reach(settings.WECHAT_API_URL) },
    { name: 'SMS', needs: ['SMS_ENDPOINT'], look: () => reach(settings.SMS_ENDPOINT) },
    {
      name: 'SMS abroad',
      needs: ['SMS_TEMPLATES', 'SMS_TEMPLATES_ABROAD'],
      async look() {
        const { SMS_TEMPLATES: mainland, SMS_TEMPLATES_ABROAD: abroad } = settings;
        if (!abroad) return 'SMS_TEMPLATES_ABROAD is not set: numbers outside +86 get no text, and cannot register';
        const ids = Object.values(abroad);
        const both = Object.entries(mainland).flatMap(([name, id]) => (ids.includes(id) ? [name] : []));
        if (both.length > 0)
          throw new Error(`has the mainland's template of ${both.join(', ')}: the provider refuses it`);
        return 'a template for each text';
      },
    },
    {
      name: 'mail',
      needs: ['SMTP_URL', 'MAIL_FROM'],
      async look() {
        const { SMTP_URL: url, MAIL_FROM: from } = settings;
        if (!url && !from) return 'SMTP_URL is not set: staff get no mail';
        if (!url || !from) throw new Error('SMTP_URL and MAIL_FROM go together: one of them is missing');
        const found = await createMail(settings).probe();
        if (!found.ok) throw new Error(`${url.host}: ${found.fault}${found.code ? ` (${found.code})` : ''}`);
        return `${url.host} takes our login`;
      },
    },
    {
      name: 'messengers',
      needs: ['WECOM_CORP_ID', 'FEISHU_APP_ID', 'DINGTALK_APP_KEY'],
      async look() {
        const set = Object.values(createMessengers(settings, askEachTime));
        if (set.length === 0) return 'none is set up: staff are told by mail and WeChat';
        for (const { name, probe } of set) {
          const found = await probe();
          if (!found.ok) throw new Error(`${name}: ${found.fault}${found.code ? ` (${found.code})` : ''}`);
        }
        return `${set.map(({ name }) => name).join(', ')}: credentials are taken`;
      },
    },
    {
      name: 'PUBLIC_URL',
      needs: ['PUBLIC_URL', 'XIAOMEN_MODE'],
      async look() {
        const { protocol, hostname } = new URL(settings.PUBLIC_URL);
        const onlyHere = hostname === '127.0.0.1' || hostname === 'localhost';
        if (settings.XIAOMEN_MODE !== 'demo' && (protocol !== 'https:' || onlyHere)) {
          throw new Error(`is ${settings.PUBLIC_URL}: visitors need an https address that they can reach`);
        }
        return settings.PUBLIC_URL;
      },
    },
  ];
}

/** Nothing is kept of a look. */
const askEachTime: TokenStoreOf = () => ({ read: async () => undefined, renew: (ask) => ask(undefined) });

/** @throws Error naming the host, when nothing answers there within eight seconds */
export async function reach(url: string): Promise<string> {
  try {
    const answer = await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(8_000) });
    return `${new URL(url).host} answers (${answer.status})`;
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as { code?: string };
    throw new Error(`${new URL(url).host} does not answer (${code ?? 'too slow'})`);
  }
}
