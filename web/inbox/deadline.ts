import { day, hour, minute } from '../../domain/time.ts';

/** How long until a deadline, as a catalogue key with its numbers. `urgent` under two hours, also when it is past. */
export function untilDeadline(deadline: Date, now: Date) {
  const left = deadline.getTime() - now.getTime();
  const urgent = left < 2 * hour;
  if (left <= 0) return { key: 'inbox.left.past', params: {}, urgent };
  const days = Math.floor(left / day);
  const hours = Math.floor((left % day) / hour);
  const minutes = Math.max(1, Math.floor((left % hour) / minute));
  if (days > 0) return { key: 'inbox.left.days', params: { days, hours }, urgent };
  if (hours > 0) return { key: 'inbox.left.hours', params: { hours, minutes }, urgent };
  return { key: 'inbox.left.minutes', params: { minutes }, urgent };
}
