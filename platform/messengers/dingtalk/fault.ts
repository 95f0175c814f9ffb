import { type MessengerFailure, type MessengerFault, messengerFailure } from '../messenger.ts';

/** Codes: "服务端 API 错误码" (server-api-error-codes-1), "创建并投放卡片" (create-and-deliver-cards) and the token's call. */
const byCode: Record<string, MessengerFault> = {
  'system.busy': 'busy',
  ServiceUnavailable: 'busy',
  'param.userIdNotExist': 'no_user',
  'param.userIdEmpty': 'no_user',
  'staffId.notExisted': 'no_user',
  invalidClientIdOrSecret: 'misconfigured',
  'resource.not.found': 'misconfigured',
  'param.templateNotExist': 'misconfigured',
  'param.templateUnpublished': 'misconfigured',
  'param.openDeliverModelError': 'misconfigured',
  // Of what is sent by us it can be the route alone, which the office registers.
  'param.invalid': 'misconfigured',
};

export const isOfToken = (code: string): boolean => code === 'InvalidAuthentication' || code === '40014';

/** The fault of an answer with a code: a refusal by name. */
export function failureOf(code: string): MessengerFailure {
  // A token that was just fetched and is refused all the same; more calls a second than the app may make.
  if (isOfToken(code) || /QpsLimit/.test(code)) return messengerFailure('busy', code);
  if (code.startsWith('Forbidden.')) return messengerFailure('misconfigured', code);
  return messengerFailure(byCode[code] ?? 'refused', code);
}
