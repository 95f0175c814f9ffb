import { z } from 'zod';
import { safeUrl, sender, smtp } from './setting-values.ts';

/** How staff are told of tasks: mail, and the messengers in which they work. Each is off where it is left out. */

export const mail = {
  SMTP_URL: smtp
    .optional()
    .describe(
      'the mail server, `smtp://name:password@host:port` with STARTTLS or `smtps://…`; left out: staff get no mail',
    ),
  MAIL_FROM: sender
    .optional()
    .describe('who mails come from, `Campus visits <visits@example.edu>`; with `SMTP_URL`, or neither'),
  MAIL_BOUNCE_TOKEN: z
    .string()
    .min(32)
    .optional()
    .describe(
      'the key with which your mail server hands delivery reports to `POST /mail/bounces`, see [operations](docs/operations.md); left out: none are taken',
    ),
};

/** An app of the university's own in 企业微信. */
export const wecom = {
  WECOM_CORP_ID: z
    .string()
    .min(1)
    .optional()
    .describe(
      "the university's 企业ID in 企业微信 (WeCom); with the other four `WECOM_` settings, or none, see [messengers](docs/messengers.md); left out: nobody is told there",
    ),
  WECOM_AGENT_ID: z.coerce.number().int().positive().optional().describe("the app's AgentId"),
  WECOM_SECRET: z.string().min(1).optional().describe("the app's Secret"),
  WECOM_TOKEN: z
    .string()
    .min(3)
    .optional()
    .describe('the Token that signs its callbacks, `PUBLIC_URL/messengers/wecom`'),
  WECOM_AES_KEY: z.string().length(43).optional().describe('the EncodingAESKey of its callbacks'),
  WECOM_API_URL: safeUrl.default('https://qyapi.weixin.qq.com').describe("WeCom's interface"),
};

/** An app of the university's own in 飞书, with its bot. */
export const feishu = {
  FEISHU_APP_ID: z
    .string()
    .regex(/^cli_\w{4,64}$/, 'is not cli_…')
    .optional()
    .describe(
      "the App ID of the university's app in 飞书 (Feishu), `cli_…`; with its secret and the two keys of its callbacks, or none, see [messengers](docs/messengers.md); left out: nobody is told there",
    ),
  FEISHU_APP_SECRET: z.string().min(1).optional().describe("the app's App Secret"),
  FEISHU_ENCRYPT_KEY: z
    .string()
    .min(1)
    .optional()
    .describe('the Encrypt Key that seals and signs its callbacks, `PUBLIC_URL/messengers/feishu`'),
  FEISHU_VERIFICATION_TOKEN: z.string().min(1).optional().describe('the Verification Token that its callbacks carry'),
  FEISHU_API_URL: safeUrl.default('https://open.feishu.cn').describe("Feishu's interface"),
};

/** An app of the university's own in 钉钉, with its robot. */
export const dingtalk = {
  DINGTALK_APP_KEY: z
    .string()
    .min(1)
    .optional()
    .describe(
      "the Client ID (AppKey) of the university's app in 钉钉 (DingTalk), which is its robot's code too; with its secret, the template of its cards and the secret of their presses, or none, see [messengers](docs/messengers.md); left out: nobody is told there",
    ),
  DINGTALK_APP_SECRET: z.string().min(1).optional().describe("the app's Client Secret (AppSecret)"),
  DINGTALK_CARD_TEMPLATE: z
    .string()
    .min(1)
    .optional()
    .describe('the id of the published template of its cards, `….schema`'),
  DINGTALK_CARD_SECRET: z
    .string()
    .min(32, 'is shorter than 32 characters')
    .optional()
    .describe('a secret of your own that signs presses of its cards, `PUBLIC_URL/messengers/dingtalk`'),
  DINGTALK_API_URL: safeUrl.default('https://api.dingtalk.com').describe("DingTalk's interface"),
};

export const messengers = { ...wecom, ...feishu, ...dingtalk };
export type MessengerSettings = z.infer<z.ZodObject<typeof messengers>>;
