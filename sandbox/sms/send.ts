import { randomBytes, randomUUID } from 'node:crypto';
import { type Response, Router, raw } from 'express';
import { z } from 'zod';
import type { SandboxSettings } from '../../platform/config.ts';
import { type Faults, loseAnswer } from '../faults.ts';
import type { Memory } from '../memory.ts';
import type { SmsReceipts } from './receipts.ts';
import { problemOfSignature } from './signature.ts';
import { type ApprovedText, textsById } from './texts.ts';

const body = z.object({
  PhoneNumberSet: z.array(z.string()).min(1).max(200),
  SmsSdkAppId: z.string(),
  TemplateId: z.string(),
  SignName: z.string().optional(),
  TemplateParamSet: z.array(z.string()).optional(),
});

/** As an operator would set them in the console. */
const limits = [
  { code: 'LimitExceeded.PhoneNumberOneHourLimit', within: 3600_000, most: 30 },
  { code: 'LimitExceeded.PhoneNumberDailyLimit', within: 24 * 3600_000, most: 60 },
];

/** Tencent Cloud's `SendSms`, API 2021-01-11: one endpoint, the action in a header, a code a number. */
export function smsRoutes(settings: SandboxSettings, memory: Memory, faults: Faults, receipts: SmsReceipts): Router {
  const mainland = textsById('mainland', settings.SMS_TEMPLATES);
  const abroad = textsById('abroad', settings.SMS_TEMPLATES_ABROAD);
  const router = Router();

  router.post('/', raw({ type: () => true, limit: '64kb' }), (request, response) => {
    const mode = faults.take('sms.send');
    if (mode === 'hang') return;
    if (mode === 'drop') return void request.socket.destroy();
    if (mode === 'busy') return fail(response, 'RequestLimitExceeded', 'Too many requests');
    const received: Buffer = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const problem = problemOfSignature(
      { id: settings.SMS_SECRET_ID, key: settings.SMS_SECRET_KEY },
      { method: request.method, path: request.originalUrl, headers: request.headers, body: received },
    );
    if (problem) return fail(response, problem, 'The signature is not valid');
    if (request.get('x-tc-action') !== 'SendSms') return fail(response, 'InvalidAction', 'No such action');
    if (request.get('x-tc-version') !== '2021-01-11') return fail(response, 'NoSuchVersion', 'No such version');
    if (!request.get('x-tc-region')) return fail(response, 'MissingParameter', 'The region is missing');
    const parsed = body.safeParse(parseJson(received));
    if (!parsed.success) return fail(response, 'InvalidParameter', 'The parameters are not valid');
    const { PhoneNumberSet: numbers, SmsSdkAppId: appId, TemplateId: template, SignName: sign } = parsed.data;
    const values = parsed.data.TemplateParamSet ?? [];
    if (appId !== settings.SMS_APP_ID) {
      return fail(response, 'UnauthorizedOperation.SmsSdkAppIdVerifyFail', 'The SdkAppId is not this account’s');
    }

    const approved = mainland.get(template) ?? abroad.get(template);
    const codeOf = (number: string): string => {
      if (!approved) return 'FailedOperation.TemplateIncorrectOrUnapproved';
      const wrongSide = wrongSideOf(number, mainland.has(template));
      if (wrongSide) return wrongSide;
      // The mainland's texts are signed; a signature on any other has to be the account's own all the same.
      const signed = sign === settings.SMS_SIGN_NAME || (sign === undefined && abroad.has(template));
      if (!signed) return 'FailedOperation.SignatureIncorrectOrUnapproved';
      if (countOf(approved.text) !== values.length) return 'FailedOperation.TemplateParamSetNotMatchApprovedTemplate';
      const unfit = problemOfValues(values, approved, mainland.has(template));
      if (unfit) return unfit;
      if (!isNumber(number)) return 'InvalidParameterValue.IncorrectPhoneNumber';
      if (unserved.test(number)) return 'UnsupportedOperation.UnsupportedRegion';
      if (mode === 'refuse') return 'FailedOperation.PhoneNumberInBlacklist';
      if (mode === 'quota') return 'LimitExceeded.PhoneNumberDailyLimit';
      return limitOf(memory, shownAs(number)) ?? 'Ok';
    };

    const statuses = numbers.map((number) => {
      const code = codeOf(number);
      const serial = code === 'Ok' ? `${Date.now()}:${randomBytes(8).toString('hex')}` : '';
      if (code === 'Ok') {
        const text = `${sign ? `【${sign}】` : ''}${fill(approved?.text ?? '', values)}`;
        const sent = { serial, phone: shownAs(number), template, values, text, at: new Date() };
        memory.texts.push(sent);
        receipts.send(sent);
      }
      return {
        SerialNo: serial,
        PhoneNumber: number,
        Fee: code === 'Ok' ? 1 : 0,
        SessionContext: '',
        Code: code,
        Message: code === 'Ok' ? 'send success' : code,
        IsoCode: number.startsWith('+86') ? 'CN' : '',
      };
    });
    if (mode === 'lose') return loseAnswer(request, response);
    if (mode === 'timeout') return fail(response, 'InternalError.Timeout', 'The request timed out');
    response.json({ Response: { SendStatusSet: statuses, RequestId: randomUUID() } });
  });
  return router;
}

/** Which side of the border a template is for. */
function wrongSideOf(number: string, isMainlandTemplate: boolean): string | undefined {
  const isMainlandNumber = number.startsWith('+86');
  if (isMainlandNumber === isMainlandTemplate) return undefined;
  return isMainlandNumber
    ? 'UnsupportedOperation.GlobalTemplateToChineseMainlandPhone'
    : 'UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone';
}

/** A mobile number of the mainland, or E.164 of another country. */
const isNumber = (number: string): boolean =>
  number.startsWith('+86') ? /^\+861[3-9]\d{9}$/.test(number) : /^\+[1-9]\d{6,14}$/.test(number);

/** No country has these codes: here they stand for those that an account was not opened for. */
const unserved = /^\+(?:999|210)/;

/** The mainland's without its code, others whole: as their owners know them. */
const shownAs = (number: string): string => (number.startsWith('+86') ? number.slice(3) : number);

/** "变量规范" and "SendSms 错误码": at most six characters a value in the mainland, digits alone in a code's text, 500 in all. */
function problemOfValues(values: string[], { text, holdsCode }: ApprovedText, isMainland: boolean): string | undefined {
  if (holdsCode && values.some((value) => !/^\d{1,6}$/.test(value))) {
    return 'InvalidParameterValue.TemplateParameterFormatError';
  }
  if (isMainland && values.some((value) => [...value].length > 6)) {
    return 'InvalidParameterValue.TemplateParameterLengthLimit';
  }
  return [...fill(text, values)].length > 500 ? 'InvalidParameterValue.ContentLengthLimit' : undefined;
}

const countOf = (text: string): number => text.match(/\{\d+\}/g)?.length ?? 0;
const fill = (text: string, values: string[]): string =>
  text.replace(/\{(\d+)\}/g, (_, at) => values[Number(at) - 1] ?? '');

function limitOf(memory: Memory, phone: string): string | undefined {
  const times = memory.texts.filter((text) => text.phone === phone).map((text) => Date.now() - text.at.getTime());
  return limits.find(({ within, most }) => times.filter((age) => age < within).length >= most)?.code;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

function fail(response: Response, code: string, message: string): void {
  response.json({ Response: { Error: { Code: code, Message: message }, RequestId: randomUUID() } });
}
