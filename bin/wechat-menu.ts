import { z } from 'zod';
import { readSettings, wechatSchema } from '../platform/config.ts';
import { createWechat, visitorMenu } from '../platform/wechat.ts';

/**
 * npm run wechat:menu: creates the official account's menu with PUBLIC_URL and WECHAT_* from the environment. Done
 * again it replaces the menu by the same one.
 */
const schema = z.object({ ...wechatSchema.shape, WECHAT_TEMPLATES: z.unknown().optional(), PUBLIC_URL: z.url() });

try {
  const settings = readSettings(schema, process.env);
  // A stable token is the same for everybody who asks: nothing needs to be kept between two runs.
  const wechat = createWechat(
    { ...settings, WECHAT_TEMPLATES: {} },
    { read: async () => undefined, write: async () => {} },
  );
  const entries = visitorMenu(settings.PUBLIC_URL.replace(/\/$/, ''));
  const created = await wechat.createMenu(entries);
  if (!created.ok) throw new Error(`WeChat refused the menu: ${created.fault} (${created.errcode ?? 'no answer'}).`);
  console.log(`The menu now shows ${entries.map(({ name }) => name).join(', ')}. Phones take it over within a day.`);
  process.exit(0);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
