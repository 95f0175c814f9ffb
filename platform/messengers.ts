import { createDingtalk } from './messengers/dingtalk.ts';
import { createFeishu } from './messengers/feishu.ts';
import type { Messenger, Messengers, TokenStoreOf } from './messengers/messenger.ts';
import { createWecom } from './messengers/wecom.ts';
import type { MessengerSettings } from './staff-channel-settings.ts';

export type { Messenger, MessengerFault, MessengerMessage, Messengers } from './messengers/messenger.ts';

const makers: ((settings: MessengerSettings, tokens: TokenStoreOf) => Messenger | undefined)[] = [
  createWecom,
  createFeishu,
  createDingtalk,
];

/** The messengers that are set up; one that is left out is nowhere offered. */
export function createMessengers(settings: MessengerSettings, tokens: TokenStoreOf): Messengers {
  const set = makers.flatMap((make) => make(settings, tokens) ?? []);
  return Object.fromEntries(set.map((messenger) => [messenger.name, messenger]));
}
