import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { sms } from 'tencentcloud-sdk-nodejs-sms';
import { z } from 'zod';
import { isForeignPhone, toE164 } from '../domain/phone.ts';
import { type SmsText, smsTemplates } from '../domain/sms-templates.ts';
import type { SmsSettings } from './config.ts';

/** What the provider can answer instead of accepting. Stable words; rows and logs hold them. */
export type SmsFault =
  /** Not a number that can receive: no other try will help. */
  | 'bad_number'
  /** This account, signature or template does not reach the number's country. */
  | 'unreached_country'
  /** This number had its share (a day's, an hour's, 30 seconds'): later, or another way. */
  | 'limited'
  /** Blocked by the provider's own rules or the receiver's wish. */
  | 'refused'
  /** Signature, template, balance or settings: somebody has to look. */
  | 'misconfigured'
  | 'busy'
  /** Nobody there: certainly not accepted. */
  | 'unreachable'
  /** The answer was lost or late: may have been accepted. */
  | 'unknown';

export interface SmsFailure {
  ok: false;
  fault: SmsFault;
  /** Whether the same message may be accepted later without anybody changing anything. */
  retry: boolean;
  /** The provider's own code, or that of what broke the connection, such as ECONNRESET. For operators. */
  code?: string;
}

export interface Sms {
  /** @param phone as domain/phone.ts keeps it: eleven digits of the mainland, else E.164 */
  send(phone: string, text: SmsText): Promise<{ ok: true; serial: string } | SmsFailure>;
}

const limitMs = 5_000;

const answerShape = z.object({
  SendStatusSet: z.array(z.object({ SerialNo: z.string(), Code: z.string() })).length(1),
});

/** Tencent Cloud SMS. HTTP success is not "accepted": each number has a code of its own. */
export function createSms(settings: SmsSettings): Sms {
  const { protocol, host } = new URL(settings.SMS_ENDPOINT);
  const client = new sms.v20210111.Client({
    credential: { secretId: settings.SMS_SECRET_ID, secretKey: settings.SMS_SECRET_KEY },
    region: settings.SMS_REGION,
    profile: {
      httpProfile: {
        endpoint: host,
        protocol: `${protocol}//`,
        reqTimeout: limitMs / 1000,
        // An agent of our own, or the SDK follows `http_proxy`, even to loopback. Each text has a connection of its own:
        // the provider ends an idle one when it likes, and a text on its way then counts as perhaps sent.
        agent: protocol === 'https:' ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false }),
      },
    },
  });
  /** The provider keeps templates for the mainland and for everywhere else apart, and signs the mainland's only. */
  function wayTo(phone: string, { template }: SmsText): { TemplateId: string; SignName?: string } | undefined {
    const { SMS_TEMPLATES: mainland, SMS_TEMPLATES_ABROAD: abroad } = settings;
    if (!isForeignPhone(phone)) return { TemplateId: mainland[template], SignName: settings.SMS_SIGN_NAME };
    return abroad && { TemplateId: abroad[template] };
  }

  return {
    async send(phone, text) {
      const way = wayTo(phone, text);
      // Nobody has bought that service: the provider need not be asked.
      if (!way) return failure('unreached_country');
      const request = {
        PhoneNumberSet: [toE164(phone)],
        SmsSdkAppId: settings.SMS_APP_ID,
        ...way,
        TemplateParamSet: valuesOf(text),
      };
      let answer: unknown;
      try {
        answer = await client.request('SendSms', request, { signal: AbortSignal.timeout(limitMs) });
      } catch (error) {
        return failureOf(error);
      }
      const parsed = answerShape.safeParse(answer);
      const status = parsed.success ? parsed.data.SendStatusSet[0] : undefined;
      if (!status) return failure('unknown');
      return status.Code === 'Ok' ? { ok: true, serial: status.SerialNo } : failureOfCode(status.Code);
    },
  };
}

/** `{1}`, `{2}` … of its template, in order. */
function valuesOf(text: SmsText): string[] {
  const values: { [name: string]: string | number } = text;
  return smsTemplates[text.template].map((name) => String(values[name]));
}

function failure(fault: SmsFault, code?: string): SmsFailure {
  const retry = fault === 'limited' || fault === 'busy' || fault === 'unreachable' || fault === 'unknown';
  return { ok: false, fault, retry, ...(code ? { code } : {}) };
}

/** Codes: "SendSms 错误码", Tencent Cloud SMS API 2021-01-11. */
function failureOfCode(code: string): SmsFailure {
  if (code === 'InvalidParameterValue.IncorrectPhoneNumber') return failure('bad_number', code);
  if (unreachedCountry.has(code)) return failure('unreached_country', code);
  if (code === 'FailedOperation.PhoneNumberInBlacklist') return failure('refused', code);
  if (code === 'FailedOperation.ContainSensitiveWord') return failure('refused', code);
  if (code.startsWith('LimitExceeded.')) return failure('limited', code);
  if (code === 'RequestLimitExceeded' || code.startsWith('ServiceUnavailable')) return failure('busy', code);
  if (code.startsWith('InternalError')) return failure(neverTaken.has(code) ? 'misconfigured' : 'unknown', code);
  return failure('misconfigured', code);
}

/** International texts need a service of their own that an office may not have bought. */
const unreachedCountry = new Set(
  ['UnsupportedRegion', 'ChineseMainlandTemplateToGlobalPhone', 'GlobalTemplateToChineseMainlandPhone'].map(
    (name) => `UnsupportedOperation.${name}`,
  ),
);

/** The provider's internal errors that stop before anything is sent. After others, a timeout for example, the text may have been sent. */
const neverTaken = new Set(
  ['JsonParseFail', 'RequestTimeException', 'RestApiInterfaceNotExist', 'SigFieldMissing', 'SigVerificationFail'].map(
    (name) => `InternalError.${name}`,
  ),
);

function failureOf(error: unknown): SmsFailure {
  if (!(error instanceof Error)) return failure('unknown');
  if ('code' in error && typeof error.code === 'string' && error.code !== '') return failureOfCode(error.code);
  if ('httpCode' in error && typeof error.httpCode === 'number') {
    if (error.httpCode === 429 || error.httpCode === 503) return failure('busy');
    // A gateway that gave up waiting does not say what became of the message behind it.
    return failure(error.httpCode >= 500 ? 'unknown' : 'misconfigured');
  }
  // The SDK keeps only the words of a network error.
  const reached = !/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH/.test(error.message);
  return failure(reached ? 'unknown' : 'unreachable', lineCode(error.message));
}

/** What broke the line: the words themselves are never logged. The aborted one is ours that waited too long. */
function lineCode(words: string): string | undefined {
  if (/socket hang up/.test(words)) return 'ECONNRESET';
  if (/aborted/.test(words)) return 'ETIMEDOUT';
  return /\bE[A-Z_]{3,30}\b/.exec(words)?.[0];
}
