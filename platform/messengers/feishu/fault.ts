import { type MessengerFailure, type MessengerFault, messengerFailure } from '../messenger.ts';

/** Codes: "服务端错误码说明" (generic-error-code) and the lists of "发送消息" (im-v1/message/create) and of the token's call. */
const byCode: Record<number, MessengerFault> = {
  // The frequency of the app, of the chat or of the person; the same message is on its way already; Feishu itself.
  99991400: 'busy',
  11232: 'busy',
  11233: 'busy',
  11247: 'busy',
  230020: 'busy',
  230049: 'busy',
  1500: 'busy',
  // Nobody has the id, or has left; outside the app's range; wants nothing from its bot.
  230013: 'no_user',
  230029: 'no_user',
  230034: 'no_user',
  230053: 'no_user',
  99992360: 'no_user',
  99992364: 'no_user',
  // App id, secret, the caller's address, the app's rights or state.
  10003: 'misconfigured',
  10014: 'misconfigured',
  99991401: 'misconfigured',
  99991543: 'misconfigured',
  99991661: 'misconfigured',
  99991662: 'misconfigured',
  99991671: 'misconfigured',
  99991672: 'misconfigured',
  99991673: 'misconfigured',
  230006: 'misconfigured',
  230027: 'misconfigured',
  230035: 'misconfigured',
};

/** The access token is over, or none of this tenant's. */
const ofToken = new Set([99991663, 99991664, 99991665, 99991668, 99991677]);

export const isOfToken = (code: number): boolean => ofToken.has(code);

/** The fault of a `code` other than 0. One number says of every argument that it is wrong: its words say which. */
export function failureOf(code: number, words: string): MessengerFailure {
  if (code === 230001 && words.includes('receive_id')) return messengerFailure('no_user', code);
  // A token that was just fetched and is refused all the same: Feishu has not spread it yet.
  return messengerFailure(byCode[code] ?? (isOfToken(code) ? 'busy' : 'refused'), code);
}
