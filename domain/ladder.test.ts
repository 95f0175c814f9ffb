import { describe, expect, it } from 'vitest';
import type { WorkingCalendar } from './calendar.ts';
import { lastRung, nextRungAt } from './ladder.ts';
import { fullTime, hour, minute, parseLocalDateTime } from './time.ts';

const calendar: WorkingCalendar = { opens: 8 * 60 + 30, closes: 17 * 60 + 30, days: new Map([['2026-10-10', true]]) };
const waits = [4 * hour, 4 * hour, 2 * hour, 2 * hour];
const at = (text: string): number => Number(parseLocalDateTime(text));

/** Every rung of a request that nobody decides. */
function climb(asked: string, decideBy: string): string[] {
  const times: string[] = [];
  let now = at(asked);
  for (const [rung, wait] of waits.entries()) {
    const next = nextRungAt(calendar, { now, decideBy: at(decideBy), wait, ahead: lastRung - rung });
    if (next === undefined) return times;
    times.push(fullTime(next));
    now = next;
  }
  return times;
}

describe('the rungs of the ladder', () => {
  it('come in working time where the visit is far away', () => {
    expect(climb('2026-11-30 09:00', '2026-12-10 09:00')).toEqual([
      '2026-11-30 13:00',
      '2026-11-30 17:00',
      '2026-12-01 10:00',
      '2026-12-01 12:00',
    ]);
  });

  it('rest over a weekend, and not on a Saturday that is worked', () => {
    expect(climb('2026-11-27 16:00', '2026-12-10 09:00')[0]).toBe('2026-11-30 11:00');
    expect(climb('2026-10-09 16:00', '2026-10-20 09:00')[0]).toBe('2026-10-10 11:00');
  });

  it('share the working time that is left where the visit begins soon', () => {
    // An hour and a half on Friday and half an hour on Monday: 24 minutes each, 24 left for the security desk.
    expect(climb('2026-11-27 16:00', '2026-11-30 09:00')).toEqual([
      '2026-11-27 16:24',
      '2026-11-27 16:48',
      '2026-11-27 17:12',
      '2026-11-30 08:36',
    ]);
  });

  it('come at any hour where no office hours are left', () => {
    expect(climb('2026-11-28 10:00', '2026-11-28 10:30')).toEqual([
      '2026-11-28 10:06',
      '2026-11-28 10:12',
      '2026-11-28 10:18',
      '2026-11-28 10:24',
    ]);
    expect(climb('2026-11-29 08:40', '2026-11-30 08:40')[0]).toBe('2026-11-29 12:40');
  });

  it('all come before the decision is due, whenever that is', () => {
    for (let asked = at('2026-11-27 00:00'); asked < at('2026-12-01 00:00'); asked += 97 * minute)
      for (const notice of [minute, 30 * minute, 5 * hour, 26 * hour, 80 * hour, 400 * hour]) {
        const decideBy = asked + notice;
        let now = asked;
        for (const [rung, wait] of waits.entries()) {
          const next = nextRungAt(calendar, { now, decideBy, wait, ahead: lastRung - rung }) ?? 0;
          expect(next).toBeGreaterThan(now);
          expect(next).toBeLessThan(decideBy);
          now = next;
        }
      }
  });

  it('are none once the time is over, or where nobody is left to ask', () => {
    const now = at('2026-11-30 09:00');
    expect(nextRungAt(calendar, { now, decideBy: now, wait: hour, ahead: 4 })).toBeUndefined();
    expect(nextRungAt(calendar, { now, decideBy: now + hour, wait: hour, ahead: 0 })).toBeUndefined();
  });
});
