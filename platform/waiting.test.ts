import { expect, test, vi } from 'vitest';
import { createLog, type Log } from './log.ts';
import { createWaiting } from './waiting.ts';

interface Line {
  msg: string;
  ms?: number;
  reservation?: string;
  reason?: string;
}

function listened() {
  const lines: Line[] = [];
  const log: Log = createLog('test', 'info', { write: (text) => void lines.push(JSON.parse(text)) });
  const clock = { now: 1_000_000 };
  return { log, waiting: createWaiting(log, () => clock.now), lines, clock, said: () => lines.map(({ msg }) => msg) };
}

const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });

test('what waits for a part says so at once and with growing pauses, and once that it is back', () => {
  const { waiting, lines, clock, said } = listened();
  const began = clock.now;
  for (; clock.now < began + 2 * 3_600_000; clock.now += 5_000) {
    waiting.failed('rows are not read', refused);
    waiting.failed('mails are not sent', refused);
  }
  expect(new Set(said())).toEqual(new Set(['the database does not answer']));
  expect(lines.map(({ ms = 0 }) => ms / 1_000)).toEqual([0, 10, 30, 60, 300, 900, 4_500]);
  waiting.worked('mails are not sent');
  waiting.worked('rows are not read');
  waiting.worked('others are not asked');
  expect(said().slice(7)).toEqual(['the database is back after 7200 s']);
});

test('a part that fails again at once was not back; one that fails later is away anew', () => {
  const { waiting, clock, said } = listened();
  waiting.failed('rows are not read', refused);
  clock.now += 2_000;
  waiting.worked('rows are not read');
  clock.now += 1_000;
  waiting.failed('rows are not read', refused);
  clock.now += 1_000;
  waiting.worked('rows are not read');
  clock.now += 60_000;
  waiting.failed('rows are not read', refused);
  expect(said()).toEqual([
    'the database does not answer',
    'the database is back after 2 s',
    'the database is back after 4 s',
    'the database does not answer',
  ]);
});

test('a failure that is no part’s is told in its own words: of each thing, or with growing pauses', async () => {
  const { waiting, lines, said } = listened();
  const fails = () => Promise.reject(new Error('unexpected'));
  expect(await waiting.attempt('a message has to wait', { reservation: 'r1' }, fails)).toBe(false);
  expect(await waiting.attempt('a message has to wait', { reservation: 'r2' }, fails)).toBe(false);
  expect(await waiting.attempt('a message has to wait', { reservation: 'r3' }, async () => {})).toBe(true);
  expect(lines.map(({ reservation }) => reservation)).toEqual(['r1', 'r2']);
  for (let n = 0; n < 5; n += 1) waiting.failed('the round failed', new Error('unexpected'));
  waiting.worked('the round failed');
  expect(said().slice(2)).toEqual(['the round failed', 'the round failed: over after 0 s']);
});

test('a failure that nobody ended is over once nothing failed for long: the next one begins anew', () => {
  const { waiting, lines, clock } = listened();
  waiting.failed('the queue is not answered', new Error('unexpected'));
  waiting.failed('rows are not read', refused);
  clock.now += 3 * 24 * 3_600_000;
  waiting.failed('the queue is not answered', new Error('unexpected'));
  waiting.failed('rows are not read', refused);
  expect(lines.map(({ ms }) => ms)).toEqual([0, 0, 0, 0]);
});

test('a failure that became another one is told whatever the pause, and goes on with growing pauses', () => {
  const { waiting, clock, said } = listened();
  const failed = (words: string, anew: boolean) => waiting.failed(words, new Error(words), { part: null, anew });
  for (let n = 0; n < 100; n += 1) {
    clock.now += 60_000;
    failed('one fault', n === 0);
  }
  const before = said().length;
  failed('another fault', true);
  failed('one fault', true);
  failed('one fault', false);
  expect(said().slice(before)).toEqual(['another fault', 'one fault']);
});

test('a clock that somebody sets makes no failure longer, and none silent', () => {
  const { said, log } = listened();
  const clock = vi.spyOn(Date, 'now').mockReturnValue(5_000_000_000);
  const waiting = createWaiting(log);
  waiting.failed('rows are not read', refused);
  clock.mockReturnValue(6_000_000_000);
  waiting.failed('rows are not read', refused);
  clock.mockReturnValue(1_000_000_000);
  waiting.worked('rows are not read');
  clock.mockRestore();
  expect(said()).toEqual(['the database does not answer', 'the database is back after 0 s']);
});
