import { createHash } from 'node:crypto';
import { messengerOf } from '../domain/messengers.ts';
import { pauseAfter } from '../domain/next-try.ts';
import { isMorning } from '../domain/quiet-hours.ts';
import { minute } from '../domain/time.ts';
import { messengerFailure } from '../platform/messengers/messenger.ts';
import { markAddress, markWechat, type StaffContact } from '../store/messages/staff-contact.ts';
import {
  beginLetter,
  finishLetter,
  lettersOf,
  type StaffChannel,
  type StaffLetter,
} from '../store/messages/staff-letter.ts';
import { closeStaffMessages, putOff, type StaffMessage } from '../store/messages/staff-message.ts';
import { markMessenger } from '../store/messages/staff-messenger.ts';
import type { ActivityDeps } from './deps.ts';
import type { ComposedLetter } from './staff-letter-text.ts';

type Deps = Pick<ActivityDeps, 'db' | 'mail' | 'wechat' | 'messengers'>;

export interface ToHandOver {
  staff: string;
  contact: StaffContact;
  /** Told by one letter a channel. */
  messages: StaffMessage[];
  at: Date;
  /** Anew for each letter, since a letter may carry a link of its own. */
  compose(channel: StaffChannel): Promise<ComposedLetter>;
}

/** What became of a message on one channel; a number: not handed over yet, to be tried again after so many ms. */
type End = 'accepted' | 'gone' | number;

/** Longer than any call to a partner: a letter without an end older than this died with its process. */
const diedAfter = 30_000;

/**
 * By every channel that the person has. A letter that may have been accepted is not sent again; one whose process died in
 * between is repeated once; what was certainly not accepted is tried again, at growing pauses, as long as it helps. Each
 * message has a history of its own, also where one letter tells several.
 */
export async function handOverToStaff(deps: Deps, told: ToHandOver): Promise<void> {
  const { db } = deps;
  const letters = await lettersOf(
    db,
    told.messages.map(({ id }) => id),
  );
  const ends: Map<StaffMessage, End>[] = [];
  for (const channel of channelsOf(deps, told.contact)) {
    const its = (message: StaffMessage) => (letters.get(message.id) ?? []).filter((one) => one.channel === channel);
    ends.push(await byChannel(deps, told, channel, its));
  }
  for (const message of told.messages) {
    const its = ends.flatMap((channel) => channel.get(message) ?? []);
    await keepEnds(db, message, its, told.at);
  }
}

/** By which this person is told: what takes nothing for them is left alone, and so is a messenger that is not set up any more. */
export const channelsOf = (
  { messengers }: Pick<Deps, 'messengers'>,
  { email, emailFault, openid, wechatFault, messengers: bound }: StaffContact,
): StaffChannel[] => [
  ...bound.filter(({ messenger, fault }) => messengers[messenger] && !fault).map(({ messenger }) => messenger),
  ...(openid && !wechatFault ? (['wechat'] as const) : []),
  ...(email && !emailFault ? (['mail'] as const) : []),
];

/** One letter for all of the messages that this channel has not told yet. */
async function byChannel(
  deps: Deps,
  told: ToHandOver,
  channel: StaffChannel,
  lettersOfOne: (message: StaffMessage) => StaffLetter[],
): Promise<Map<StaffMessage, End>> {
  const ends = new Map<StaffMessage, End>();
  const unsent: StaffMessage[] = [];
  for (const message of told.messages) {
    const end = endOf(message, lettersOfOne(message), told.at);
    if (end === undefined) unsent.push(message);
    else ends.set(message, end);
  }
  if (unsent.length === 0) return ends;
  const sent = await send(deps, { ...told, messages: unsent }, channel);
  for (const message of unsent) ends.set(message, sent(lettersOfOne(message)));
  return ends;
}

/** Where it stands by the letters of one channel; undefined: it is to be sent now. */
function endOf(message: StaffMessage, letters: StaffLetter[], at: Date): End | undefined {
  if (letters.some(({ outcome }) => outcome === 'accepted')) return 'accepted';
  // Accepted, perhaps: the answer was lost while we lived.
  if (letters.some(({ outcome }) => outcome === 'unknown')) return 'gone';
  const unfinished = letters.filter(({ outcome }) => outcome === null);
  const last = unfinished.at(-1);
  if (last && Date.now() - last.startedAt.getTime() < diedAfter) return minute;
  if (unfinished.length > 1) return 'gone';
  return letters.length > 0 && helpsNobody(message, at) ? 'gone' : undefined;
}

/** Nobody can decide any more, or the morning is over. */
const helpsNobody = ({ kind, decideBy }: StaffMessage, at: Date): boolean =>
  kind === 'digest' ? !isMorning(at) : decideBy !== null && decideBy <= at;

/** @returns the end for a message that had these letters before */
async function send(
  deps: Deps,
  { staff, contact, messages, compose }: ToHandOver,
  channel: StaffChannel,
): Promise<(before: StaffLetter[]) => End> {
  const { db } = deps;
  const composed = await compose(channel);
  const startedAt = new Date();
  const ids = messages.map((message) => message.id);
  const id = await beginLetter(db, { staff, channel, messages: ids });
  const sent = await handOver(deps, channel, { contact, composed, letter: id, messages: ids });
  if (sent.ok) {
    await finishLetter(db, id, { outcome: 'accepted', ...(sent.messageId && { providerId: sent.messageId }) });
    return () => 'accepted';
  }
  const code = 'code' in sent ? sent.code : undefined;
  const { fault } = sent;
  const outcome = fault === 'unknown' ? 'unknown' : 'refused';
  await finishLetter(db, id, { outcome, fault, ...(code && { code }) });
  await leaveAlone(db, staff, channel, fault, startedAt);
  // What is set wrongly is set right one day: until then the message waits.
  const again = outcome === 'refused' && (sent.retry || fault === 'misconfigured');
  return (before) => (again ? pauseAfter(triesOf([...before, { fault }])) : 'gone');
}

interface Parcel {
  contact: StaffContact;
  composed: ComposedLetter;
  letter: string;
  messages: string[];
}

function handOver({ mail, wechat, messengers }: Deps, channel: StaffChannel, parcel: Parcel) {
  const { contact, composed, letter } = parcel;
  if (channel === 'mail')
    return mail.send({ name: contact.name, address: contact.email ?? '' }, composed.letter, letter);
  if (channel === 'wechat') {
    const clientMessageId = letter.replaceAll('-', '');
    const { fields, url } = composed;
    return wechat.sendTemplate({ openid: contact.openid ?? '', template: 'task', fields, url, clientMessageId });
  }
  const user = contact.messengers.find(({ messenger }) => messenger === channel)?.user ?? '';
  const unset = async () => messengerFailure('misconfigured');
  // Also by another letter: one whose process died in between is the same message to its messenger.
  const once = createHash('sha256').update(parcel.messages.toSorted().join()).digest('hex').slice(0, 32);
  return messengers[channel]?.send(user, composed.message, once) ?? unset();
}

/** What takes nothing for this person, now or later. */
async function leaveAlone(db: Deps['db'], staff: string, channel: StaffChannel, fault: string, writtenAt: Date) {
  if (channel === 'mail' && fault === 'refused') await markAddress(db, staff, { fault, writtenAt });
  if (fault === 'not_following' || fault === 'bad_openid') await markWechat(db, staff, { fault, writtenAt });
  const messenger = messengerOf(channel);
  if (messenger && fault === 'no_user') await markMessenger(db, staff, messenger, { fault, writtenAt });
}

const triesOf = (letters: Pick<StaffLetter, 'fault'>[]): number =>
  letters.filter(({ fault }) => fault !== 'unreachable').length;

/** It waits while one channel may still tell it. */
async function keepEnds(db: Deps['db'], { id, decideBy }: StaffMessage, ends: End[], at: Date): Promise<void> {
  const pauses = ends.filter((end) => typeof end === 'number');
  if (pauses.length === 0) return closeStaffMessages(db, [id], ends.includes('accepted') ? 'sent' : 'failed');
  const next = new Date(at.getTime() + Math.min(...pauses));
  await putOff(db, [id], decideBy && decideBy > at && decideBy < next ? decideBy : next);
}
