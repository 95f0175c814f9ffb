import { z } from 'zod';
import { isMailAddress } from '../domain/mail-address.ts';
import { type SmsTemplate, smsTemplates } from '../domain/sms-templates.ts';
import { isNetwork, namesProxies } from './proxies.ts';

/** The forms that settings have: all are texts of an environment. */

/** A path. */
export const file = z.string().min(1);
export const port = z.coerce.number().int().min(0).max(65535);
export const url = z.url().transform((value) => value.replace(/\/$/, ''));
/** A mail server, with name and password where it asks for them. */
export const smtp = z
  .string()
  .transform((text) => URL.parse(text))
  .refine((found) => found !== null && /^smtps?:$/.test(found.protocol) && found.hostname !== '', {
    message: 'is not smtp://name:password@host:port or smtps://…',
  })
  .transform((found) => found as URL);
/** `Name <address>`, or an address alone. */
export const sender = z
  .string()
  .transform((text) => {
    const [, name, address] = /^([^<>]*?)\s*<([^<>]+)>$/.exec(text.trim()) ?? [];
    return address === undefined ? { name: '', address: text.trim() } : { name: name ?? '', address };
  })
  .refine(isMailAddress, { message: 'is not one sender: Name <address>' });
export const postgres = z.string().startsWith('postgres');
export const milliseconds = z.coerce.number().int().positive();

/** Words with commas between them. */
export const list = z
  .string()
  .default('')
  .transform((value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  );
/** An address without a slash at its end, by TLS where it is not on this machine. */
const isSafe = (text: string): boolean =>
  text.startsWith('https://') || /^http:\/\/(127\.0\.0\.1|localhost)[:/]/.test(`${text}/`);
export const safeUrl = url.refine(isSafe, { message: 'is not an address by https' });
/** As a provider says it, to the letter. What is not on this machine is spoken to by TLS only. */
export const issuer = z.url().refine(isSafe, { message: 'is not an address by https' });

/** Addresses and CIDRs, with commas between them. */
export const proxies = list.superRefine((items, context) => {
  for (const item of items.filter((one) => !namesProxies(one))) {
    context.addIssue({ code: 'custom', message: `"${item}" is neither an address nor a CIDR` });
  }
});

/** Addresses and CIDRs, with commas between them. */
export const networks = list.superRefine((items, context) => {
  for (const item of items.filter((one) => !isNetwork(one))) {
    context.addIssue({ code: 'custom', message: `"${item}" is neither an address nor a CIDR` });
  }
});

const json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue({ code: 'custom', message: 'is not JSON' });
    return z.NEVER;
  }
});

/** The account's template for each kind of message: its id, and the account's key for each field of ours. */
export const wechatTemplates = json.pipe(
  z.record(z.string(), z.object({ id: z.string(), fields: z.record(z.string(), z.string()) })),
);

const templateId = z
  .string({ error: ({ input }) => (input === undefined ? 'is missing' : 'is not a text in quotes') })
  .min(1, 'is empty');
export const smsTemplateNames = Object.keys(smsTemplates) as SmsTemplate[];
/** The provider's id of each text's template; all of them, and no others. */
export const smsTemplateIds = json.pipe(
  z.strictObject(
    Object.fromEntries(smsTemplateNames.map((name) => [name, templateId])) as Record<SmsTemplate, typeof templateId>,
    {
      error: (issue) =>
        issue.code === 'unrecognized_keys'
          ? issue.keys.map((key) => `${key} is the name of no text`).join(', ')
          : 'is not an object of texts: {"login": "…", …}',
    },
  ),
);
