import { z } from 'zod';
import { safeUrl } from './setting-values.ts';

/** A PEM text, with line ends or `\n` in their place, or the path of a PEM file. */
const pem = z.string().min(1);

/** The merchant account to which fees are paid. An installation without fees has none of these. */
export const wechatPay = {
  WECHAT_PAY_URL: safeUrl.default('https://api.mch.weixin.qq.com').describe("WeChat Pay's interface, version 3"),
  WECHAT_PAY_MERCHANT_ID: z
    .string()
    .regex(/^\d{8,32}$/, 'is not a number of 8 to 32 digits')
    .optional()
    .describe(
      'the merchant account to which fees are paid, tied to `WECHAT_APP_ID`; with its key, the serial number, the API v3 key and a key to check by, or none of them; left out: nothing can be paid by WeChat',
    ),
  WECHAT_PAY_SERIAL: z
    .string()
    .regex(/^[0-9a-fA-F]{16,64}$/, 'is not a number of 16 to 64 hexadecimal digits')
    .transform((serial) => serial.toUpperCase())
    .optional()
    .describe("the serial number of the merchant's certificate"),
  WECHAT_PAY_KEY: pem
    .optional()
    .describe("the private key of the merchant's certificate: a PEM file's path, or the text itself"),
  WECHAT_PAY_API_V3_KEY: z
    .string()
    .refine((key) => Buffer.byteLength(key) === 32, 'is not 32 characters long')
    .optional()
    .describe('the API v3 key, 32 characters, with which notifications are encrypted'),
  WECHAT_PAY_PUBLIC_KEY_ID: z
    .string()
    .regex(/^PUB_KEY_ID_\w{1,64}$/, 'is not PUB_KEY_ID_…')
    .optional()
    .describe("the id of WeChat Pay's public key, `PUB_KEY_ID_…`"),
  WECHAT_PAY_PUBLIC_KEY: pem
    .optional()
    .describe("WeChat Pay's public key, by which its answers and notifications are checked: a path or the text"),
  WECHAT_PAY_CERTIFICATES: pem
    .optional()
    .describe(
      "WeChat Pay's platform certificates, for accounts that have no public key or are changing to it: one PEM file's path, or the text; later ones are fetched by themselves",
    ),
};
export type WechatPaySettings = z.infer<z.ZodObject<typeof wechatPay>>;

/** What an account has in any case. */
const always = [
  'WECHAT_PAY_MERCHANT_ID',
  'WECHAT_PAY_SERIAL',
  'WECHAT_PAY_KEY',
  'WECHAT_PAY_API_V3_KEY',
] as const satisfies (keyof WechatPaySettings)[];
const publicKey = ['WECHAT_PAY_PUBLIC_KEY_ID', 'WECHAT_PAY_PUBLIC_KEY'] as const;

/** A merchant account of which something is missing, a sentence each without the setting's name. */
export function partOfWechatPay(found: Partial<WechatPaySettings>): { name: string; problem: string }[] {
  const set = [...always, ...publicKey, 'WECHAT_PAY_CERTIFICATES' as const].find((name) => found[name] !== undefined);
  if (!set) return [];
  const byCertificates = found.WECHAT_PAY_CERTIFICATES !== undefined;
  const wantsPublicKey = !byCertificates || publicKey.some((name) => found[name] !== undefined);
  return [...always, ...(wantsPublicKey ? publicKey : [])]
    .filter((name) => found[name] === undefined)
    .map((name) => ({
      name,
      problem: `is missing beside ${set}${
        byCertificates || !name.includes('PUBLIC_KEY') ? '' : ', or WECHAT_PAY_CERTIFICATES in its place'
      }`,
    }));
}
