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

export const messengers = { ...wecom };
export type MessengerSettings = z.infer<z.ZodObject<typeof messengers>>;
