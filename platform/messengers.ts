import type { Messengers, TokenStoreOf } from './messengers/messenger.ts';
import type { MessengerSettings } from './staff-channel-settings.ts';

export type { Messenger, MessengerFault, MessengerMessage, Messengers } from './messengers/messenger.ts';

/** The messengers that are set up; one that is left out is nowhere offered. */
export function createMessengers(_settings: MessengerSettings, _tokens: TokenStoreOf): Messengers {
  return {};
}
