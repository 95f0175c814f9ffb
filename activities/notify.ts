import type { Knex } from 'knex';
import { messageKinds } from '../domain/message-kinds.ts';
import { type AnnouncedVisit, announcedVisit } from '../store/messages/announced-visit.ts';
import { closeMessage, findMessage, keepMessage, type Message } from '../store/messages/message.ts';
import { attemptsOf } from '../store/messages/message-attempt.ts';
import { contactOf } from '../store/people/contact.ts';
import type { CoreActivities, Notice } from '../workflows/messages/activities.ts';
import type { ActivityDeps } from './deps.ts';
import { handOverBySms } from './hand-over-sms.ts';
import { handOverByWechat } from './hand-over-wechat.ts';
import { whileBeating } from './heartbeat.ts';
import { composeMessage, composeText } from './message-text.ts';

/**
 * Hands a message over: WeChat, else SMS, else the page. The intent is a row before anything is sent, every attempt
 * a row before it is made; what came of earlier attempts decides what may still be tried.
 */
export const notify =
  (deps: ActivityDeps): CoreActivities['notify'] =>
  async (notice) => {
    const message = await messageOf(deps.db, notice);
    const skipWechat = 'after' in notice;
    if (!message || !isDue(message, skipWechat)) return { channel: message?.channel ?? 'page' };
    const end = await whileBeating(() => handOver(deps, message, skipWechat));
    await closeMessage(deps.db, message.id, end);
    return { channel: 'channel' in end ? end.channel : 'page' };
  };

async function messageOf(db: Knex, notice: Notice): Promise<Message | undefined> {
  if ('message' in notice) return findMessage(db, notice.reservation, notice.message);
  const { visitor_id: visitor } = await db('reservation').where({ id: notice.reservation }).first('visitor_id');
  return keepMessage(db, { ...notice, visitor });
}

/** Handed over is handed over, unless the receipt said that WeChat failed. */
const isDue = (message: Message, afterWechat: boolean): boolean =>
  message.status === 'pending' || (afterWechat && message.channel === 'wechat');

/** A visitor who cancelled meanwhile is not told that all is well. */
const isOvertaken = ({ kind }: Message, { stage }: AnnouncedVisit): boolean =>
  stage === 'closed' && messageKinds[kind].goodNews;

type End = Parameters<typeof closeMessage>[2];

async function handOver(deps: ActivityDeps, message: Message, skipWechat: boolean): Promise<End> {
  const visit = await announcedVisit(deps.db, deps.cipher, message);
  if (isOvertaken(message, visit)) return { status: 'page' };
  const contact = await contactOf(deps.db, deps.cipher, message.visitor);
  const composed = composeMessage(message, visit, contact.language, deps.publicUrl);
  if (contact.openid && !skipWechat && (await handOverByWechat(deps, message, contact.openid, composed)))
    return { status: 'sent', channel: 'wechat' };
  if (contact.phone && (await handOverBySms(deps, message, contact.phone, composeText(message, visit, contact.phone))))
    return { status: 'sent', channel: 'sms' };
  // A visitor without any channel is no fault. A visitor whose channel failed may not know of the message at all.
  const tried = await attemptsOf(deps.db, [message.id]);
  return { status: tried.length > 0 ? 'failed' : 'page' };
}
