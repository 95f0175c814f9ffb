import type { IncomingHttpHeaders } from 'node:http';
import type { MessengerName } from '../../domain/messengers.ts';
import type { TokenStore } from '../access-token.ts';

/**
 * What this system needs of an office messenger (企业微信, 飞书, 钉钉): it hands one message to one user, and it brings back that
 * this user pressed a button of it. Which settings, signatures and shapes a messenger has is known in its own file alone.
 */

/** A message in our own words. A messenger that has less room cuts what is too long. */
export interface MessengerMessage {
  /** One line. */
  title: string;
  /** A sentence or two. */
  text: string;
  /** At most six. */
  facts: { name: string; value: string }[];
  /** Where the message leads, after a login. */
  open?: MessengerLink;
  /** A button beside it that decides by itself. */
  approve?: MessengerButton;
}

export interface MessengerLink {
  words: string;
  url: string;
}

export interface MessengerButton {
  words: string;
  /** Comes back when the button is pressed: 43 characters of base64url, secret until then. */
  token: string;
}

/** What a messenger can answer instead of taking a message. Stable words; rows and logs hold them. */
export type MessengerFault =
  /** Nobody there has this user id, or the app may not reach them: this binding is left alone from now on. */
  | 'no_user'
  /** Credentials, the app's rights or the caller's address are refused: somebody has to look at the settings. */
  | 'misconfigured'
  /** This very message is refused, now and later. */
  | 'refused'
  | 'busy'
  /** Nobody there: certainly not accepted. */
  | 'unreachable'
  /** The answer was lost or late: may have been accepted. */
  | 'unknown';

export interface MessengerFailure {
  ok: false;
  fault: MessengerFault;
  /** Whether the same message may be accepted later without anybody changing anything. */
  retry: boolean;
  /** The messenger's own number, for operators. Its words may name the user, and are left out. */
  code?: string;
}

export type MessengerSent = { ok: true; messageId?: string } | MessengerFailure;

/** A request of the messenger's, as it came. */
export interface CallbackRequest {
  method: 'GET' | 'POST';
  query: Partial<Record<string, unknown>>;
  headers: IncomingHttpHeaders;
  /** The very bytes that were signed; empty for a GET. */
  body: Buffer;
}

export interface CallbackAnswer {
  /** 200, where nothing is said. */
  status?: number;
  /** Media type. */
  type: string;
  body: string;
}

/** A button that was pressed, by whom its messenger says. */
export interface Press {
  user: string;
  token: string;
  /** By what the messenger finds the card again, in its own words. */
  card: string;
}

/** What a request of the messenger's says; `refused`: it is not signed as it should be. */
export type CallbackReading =
  | { kind: 'refused' }
  /** Nothing for us: our address is tried, or something else happened there. */
  | { kind: 'answered'; answer: CallbackAnswer }
  | { kind: 'pressed'; press: Press };

export interface Messenger {
  name: MessengerName;
  /** Never throws for what the messenger or the network does. @param once the same within half an hour is delivered once, where the messenger knows how */
  send(user: string, message: MessengerMessage, once: string): Promise<MessengerSent>;
  /** Whether it answers and takes our credentials; sends nothing. */
  probe(): Promise<{ ok: true } | MessengerFailure>;
  /** Verified on the raw bytes before anything else is believed. */
  read(request: CallbackRequest): CallbackReading;
  /** The card that was pressed shows this message from now on, without a button. @returns what answers the callback */
  showInstead(press: Press, message: MessengerMessage): Promise<CallbackAnswer>;
}

/** Those that are set up here. */
export type Messengers = Partial<Record<MessengerName, Messenger>>;

/** Where a messenger keeps its access token. @param app under which name: its organisation and app */
export type TokenStoreOf = (app: string) => TokenStore;

const passing = new Set<MessengerFault>(['busy', 'unreachable', 'unknown']);

export function messengerFailure(fault: MessengerFault, code?: string | number): MessengerFailure {
  return { ok: false, fault, retry: passing.has(fault), ...(code !== undefined && { code: String(code) }) };
}
