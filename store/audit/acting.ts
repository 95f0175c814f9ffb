import { type MessengerName, messengerOf } from '../../domain/messengers.ts';
import { type ActingWay, actingWays } from '../../domain/staff-role.ts';

/** By what way somebody of staff did what a row of the audit says, as its detail has it. */
export interface Acting {
  /** The actor stood in for somebody, an id of staff. */
  for?: { via: ActingWay; staff: string };
  /** The address, in part, that the link was sent to by which it was decided without a login. */
  linkSentTo?: string;
  /** The user of a messenger, in part, whose card it was. */
  card?: { messenger: MessengerName; user: string };
}

export function actingIn({
  via,
  behalf,
  link_sent_to: sentTo,
  card_sent_to: user,
  messenger: name,
}: Record<string, unknown>): Acting {
  const messenger = messengerOf(name);
  const way = actingWays.find((one) => one === via);
  return {
    ...(way && typeof behalf === 'string' && { for: { via: way, staff: behalf } }),
    ...(typeof sentTo === 'string' && { linkSentTo: sentTo }),
    ...(messenger && typeof user === 'string' && { card: { messenger, user } }),
  };
}
