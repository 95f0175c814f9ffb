import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { annulWithin } from '../domain/gate-event.ts';
import type { Direction } from '../domain/reservation.ts';
import { second } from '../domain/time.ts';
import { testKeys } from '../testing/keys.ts';
import { passesOf } from '../testing/passes.ts';
import { answerScan, type Judge } from './answer-scan.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { deriveLocalKeys } from './local-keys.ts';
import { aJudge } from './testing/judge.ts';

/** A scan that opened and whose arm did not turn. */

const keys = await testKeys(['south']);
const passes = passesOf(keys);
const local = deriveLocalKeys({ local: randomBytes(32), codec: { kid: 'c1', key: randomBytes(32) } });
let folder: string;
let ledger: Ledger;
let judge: Judge;
const open = () => {
  ledger = openLedger(join(folder, 'gate.db'));
  judge = aJudge(ledger, { local, trust: keys.gate('south').trust, exitsRecorded: true });
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xiaomen-annul-'));
  open();
});
afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

const device = 'lane';
const at = Date.now();
function scan(value: string, { nonce = randomUUID() as string, direction = 'in' as Direction, now = at } = {}) {
  const answer = answerScan(
    { device, nonce, direction, askedBy: 'scanner', credential: { kind: 'qr', value } },
    judge,
    now,
  );
  return { nonce, ...answer };
}
const annul = (nonce: string, { now = at, by = device } = {}) => judge.scans.annul({ device: by, nonce }, now);
const waiting = () => judge.scans.waiting(10).map(({ direction, annulled }) => [direction, annulled]);

test('the person is not inside: the same picture opens again, and an entry that counts comes after it', () => {
  const value = passes.qr(passes.make(), at);
  const first = scan(value);
  expect(first).toMatchObject({ open: true, reason: 'ok' });
  expect(scan(value, { now: at + 3 * second })).toMatchObject({ open: false });
  expect(annul(first.nonce)).toBe('annulled');
  expect(scan(value)).toMatchObject({ open: true, reason: 'ok', notes: [] });
  expect(scan(value, { nonce: first.nonce }), 'what was annulled opens no more').toMatchObject({ open: false });
  expect(waiting()).toEqual([
    ['in', undefined],
    ['in', at],
    ['in', undefined],
  ]);
});

test('it is answered the same however often it is asked, after its time and after a crash too', () => {
  const { nonce } = scan(passes.qr(passes.make(), at));
  expect(annul(nonce, { now: at + annulWithin })).toBe('annulled');
  expect(annul(nonce, { now: at + 2 * annulWithin })).toBe('annulled');
  ledger.close();
  open();
  expect(annul(nonce)).toBe('annulled');
  expect(waiting()).toEqual([
    ['in', undefined],
    ['in', at + annulWithin],
  ]);
});

test('it works behind the forwarding, and is forwarded once', () => {
  const { nonce } = scan(passes.qr(passes.make(), at));
  const forwardAll = () => {
    for (const event of judge.scans.waiting(10)) judge.scans.markForwarded(event, at);
  };
  forwardAll();
  expect(judge.scans.waitingCount()).toBe(0);
  expect(annul(nonce)).toBe('annulled');
  expect([judge.scans.waitingCount(), waiting()]).toEqual([1, [['in', at]]]);
  expect(judge.scans.forwardedThrough(at + second), 'it has not forwarded all').toBeLessThan(at);
  forwardAll();
  expect(judge.scans.waitingCount()).toBe(0);
});

test('it is told behind its entry where the clock was set back between', () => {
  const { nonce } = scan(passes.qr(passes.make(), at));
  expect(annul(nonce, { now: at - 60 * second })).toBe('annulled');
  expect(waiting()).toEqual([
    ['in', undefined],
    ['in', at - 60 * second],
  ]);
});

test('nothing else is annulled: what is late, refused, unknown or another device’s', () => {
  const value = passes.qr(passes.make(), at);
  const { nonce } = scan(value);
  expect(annul(nonce, { now: at + annulWithin + 1 })).toBe('too_late');
  expect(annul(nonce, { by: 'another' })).toBe('unknown_scan');
  expect(annul(scan(value, { now: at + 3 * second }).nonce)).toBe('not_opened');
  expect(waiting()).toEqual([['in', undefined]]);
});

test('an exit that was none leaves the person inside', () => {
  const pass = passes.make();
  scan(passes.qr(pass, at));
  const out = scan(passes.qr(pass, at), { direction: 'out', now: at + 3 * second });
  expect(annul(out.nonce)).toBe('annulled');
  const later = at + 40 * second;
  expect(scan(passes.qr(pass, later), { now: later })).toMatchObject({ open: false, reason: 'already_inside' });
});

test('a scan that a device repeated under another nonce is annulled by either', () => {
  const value = passes.qr(passes.make(), at);
  scan(value);
  const repeated = scan(value, { now: at + second });
  expect(repeated).toMatchObject({ open: true });
  expect(annul(repeated.nonce)).toBe('annulled');
  expect(waiting()).toHaveLength(2);
});
