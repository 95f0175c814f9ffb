import type { Message } from '../store/messages/message.ts';
import { attemptsOf, beginAttempt, finishAttempt } from '../store/messages/message-attempt.ts';
import type { ActivityDeps } from './deps.ts';
import type { ComposedMessage } from './message-text.ts';
import { tryLater } from './try-later.ts';

/** WeChat delivers one client message id once within ten minutes; we stay well inside. */
const sameIdFor = 9 * 60_000;
const most = 5;

/** @returns whether WeChat accepted it. @throws to be tried again, while another attempt may help and does no harm */
export async function handOverByWechat(
  { db, wechat }: Pick<ActivityDeps, 'db' | 'wechat'>,
  message: Message,
  openid: string,
  { fields, url }: ComposedMessage,
): Promise<boolean> {
  const known = await attemptsOf(db, [message.id]);
  const attempts = known.filter(({ channel }) => channel === 'wechat');
  if (attempts.some(({ outcome }) => outcome === 'accepted')) return true;
  const [first] = attempts;
  if (first && Date.now() - first.startedAt.getTime() > sameIdFor) return false;
  if (attempts.length >= most) return false;

  const clientMessageId = message.id.replaceAll('-', '');
  const repeated = attempts.some(({ outcome }) => outcome !== 'refused');
  const attempt = await beginAttempt(db, {
    message: message.id,
    known: known.length,
    channel: 'wechat',
    clientMessageId,
    repeated,
  });
  if (!attempt) throw tryLater('overtaken', 0);
  const sent = await wechat.sendTemplate({ openid, template: message.kind, fields, url, clientMessageId });
  if (sent.ok) {
    await finishAttempt(db, attempt, {
      outcome: 'accepted',
      ...(sent.messageId && { providerId: sent.messageId }),
    });
    return true;
  }
  await finishAttempt(db, attempt, { outcome: sent.fault === 'unknown' ? 'unknown' : 'refused', fault: sent.fault });
  if (sent.retry && attempts.length + 1 < most) throw tryLater(`wechat_${sent.fault}`, attempts.length);
  return false;
}
