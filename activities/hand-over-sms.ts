import type { SmsText } from '../domain/sms-templates.ts';
import type { Message } from '../store/messages/message.ts';
import { type Attempt, attemptsOf, beginAttempt, finishAttempt } from '../store/messages/message-attempt.ts';
import type { ActivityDeps } from './deps.ts';
import { tryLater } from './try-later.ts';

const most = 4;
/** Longer than any call to the provider: an attempt without an end older than this died with its process. */
const diedAfter = 15_000;

/**
 * A text message cannot be taken back and costs money: it is repeated only when the process died between the
 * provider's answer and our record, once, and marked. What was certainly not accepted may be tried again.
 *
 * @returns whether the provider accepted it. @throws to be tried again
 */
export async function handOverBySms(
  { db, sms }: Pick<ActivityDeps, 'db' | 'sms'>,
  message: Message,
  phone: string,
  text: SmsText,
): Promise<boolean> {
  const known = await attemptsOf(db, [message.id]);
  const attempts = known.filter(({ channel }) => channel === 'sms');
  if (attempts.some(({ outcome }) => outcome === 'accepted')) return true;
  const unfinished = attempts.filter(({ outcome }) => outcome === null);
  const last = unfinished.at(-1);
  if (last && age(last) < diedAfter) throw tryLater('sms_under_way', 0, diedAfter - age(last));
  if (!mayTry(attempts, unfinished)) return false;

  const repeated = unfinished.length > 0;
  const attempt = await beginAttempt(db, { message: message.id, known: known.length, channel: 'sms', repeated });
  if (!attempt) throw tryLater('overtaken', 0);
  const sent = await sms.send(phone, text);
  if (sent.ok) {
    await finishAttempt(db, attempt, { outcome: 'accepted', providerId: sent.serial });
    return true;
  }
  await finishAttempt(db, attempt, { outcome: sent.fault === 'unknown' ? 'unknown' : 'refused', fault: sent.fault });
  const passing = sent.fault === 'busy' || sent.fault === 'unreachable';
  if (passing && attempts.length + 1 < most) throw tryLater(`sms_${sent.fault}`, attempts.length);
  return false;
}

function mayTry(attempts: Attempt[], unfinished: Attempt[]): boolean {
  // Accepted, perhaps: the answer was lost while we lived.
  if (attempts.some(({ outcome }) => outcome === 'unknown')) return false;
  return unfinished.length <= 1 && attempts.length < most;
}

const age = ({ startedAt }: Attempt): number => Date.now() - startedAt.getTime();
