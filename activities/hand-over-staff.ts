import { markAddress, type StaffContact } from '../store/messages/staff-contact.ts';
import {
  beginLetter,
  finishLetter,
  lettersOf,
  type StaffChannel,
  type StaffLetter,
} from '../store/messages/staff-letter.ts';
import { closeStaffMessages } from '../store/messages/staff-message.ts';
import type { ActivityDeps } from './deps.ts';
import type { ComposedLetter } from './staff-letter-text.ts';

type Deps = Pick<ActivityDeps, 'db' | 'mail' | 'wechat'>;

export interface ToHandOver {
  staff: string;
  contact: StaffContact;
  /** Told by one letter a channel. */
  messages: string[];
  /** Anew for each letter, since a letter may carry a link of its own. */
  compose(channel: StaffChannel): Promise<ComposedLetter>;
}

const most = 4;
/** Longer than any call to a partner: a letter without an end older than this died with its process. */
const diedAfter = 30_000;

/**
 * By every channel that the person has. A letter that may have been accepted is not sent again; one whose process died in
 * between is repeated once; what was certainly not accepted is tried again at the next round of its messages.
 */
export async function handOverToStaff(deps: Deps, told: ToHandOver): Promise<void> {
  const { db } = deps;
  const [first] = told.messages;
  if (!first) return;
  const known = await lettersOf(db, first);
  const ends = [];
  for (const channel of channelsOf(told.contact)) {
    const letters = known.filter((letter) => letter.channel === channel);
    ends.push(await byChannel(deps, told, channel, letters));
  }
  if (ends.includes('later')) return;
  await closeStaffMessages(db, told.messages, ends.includes('accepted') ? 'sent' : 'failed');
}

const channelsOf = ({ email, emailFault, openid }: StaffContact): StaffChannel[] => [
  ...(openid ? (['wechat'] as const) : []),
  ...(email && !emailFault ? (['mail'] as const) : []),
];

type End = 'accepted' | 'gone' | 'later';

async function byChannel(deps: Deps, told: ToHandOver, channel: StaffChannel, letters: StaffLetter[]): Promise<End> {
  if (letters.some(({ outcome }) => outcome === 'accepted')) return 'accepted';
  // Accepted, perhaps: the answer was lost while we lived.
  if (letters.some(({ outcome }) => outcome === 'unknown')) return 'gone';
  const unfinished = letters.filter(({ outcome }) => outcome === null);
  const last = unfinished.at(-1);
  if (last && Date.now() - last.startedAt.getTime() < diedAfter) return 'later';
  if (unfinished.length > 1 || letters.length >= most) return 'gone';
  return send(deps, told, channel, letters.length + 1 >= most);
}

async function send(
  { db, mail, wechat }: Deps,
  { staff, contact, messages, compose }: ToHandOver,
  channel: StaffChannel,
  isLast: boolean,
): Promise<End> {
  const { letter, fields, url } = await compose(channel);
  const startedAt = new Date();
  const id = await beginLetter(db, { staff, channel, messages });
  const sent =
    channel === 'mail'
      ? await mail.send({ name: contact.name, address: contact.email ?? '' }, letter, id)
      : await wechat.sendTemplate({
          openid: contact.openid ?? '',
          template: 'task',
          fields,
          url,
          clientMessageId: id.replaceAll('-', ''),
        });
  if (sent.ok) {
    await finishLetter(db, id, { outcome: 'accepted', ...(sent.messageId && { providerId: sent.messageId }) });
    return 'accepted';
  }
  const code = 'code' in sent ? sent.code : undefined;
  const outcome = sent.fault === 'unknown' ? 'unknown' : 'refused';
  await finishLetter(db, id, { outcome, fault: sent.fault, ...(code && { code }) });
  if (channel === 'mail' && sent.fault === 'refused')
    await markAddress(db, staff, { fault: 'refused', writtenAt: startedAt });
  return sent.retry && outcome === 'refused' && !isLast ? 'later' : 'gone';
}
