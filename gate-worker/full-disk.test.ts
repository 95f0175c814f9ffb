import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { factOf } from '../domain/gate-event.ts';
import { testKeys } from '../testing/keys.ts';
import { passesOf } from '../testing/passes.ts';
import { answerScan, type Judge } from './answer-scan.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { deriveLocalKeys } from './local-keys.ts';
import { aJudge } from './testing/judge.ts';

/** A store that takes no more pages: SQLite's own refusal, as of a disk that is full. */

const keys = await testKeys(['south']);
const passes = passesOf(keys);
const local = deriveLocalKeys({ local: randomBytes(32), codec: { kid: 'c1', key: randomBytes(32) } });
let folder: string;
let file: string;
let ledger: Ledger;
let judge: Judge;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xiaomen-full-'));
  file = join(folder, 'gate.db');
  ledger = openLedger(file);
  judge = aJudge(ledger, { local, trust: keys.gate('south').trust });
});
afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

const scan = (value: string, nonce: string = randomUUID(), device: string = randomUUID()) =>
  answerScan({ device, nonce, direction: 'in', askedBy: 'scanner', credential: { kind: 'qr', value } }, judge);
const entry = () => scan(passes.qr(passes.make()));
const pages = () => Number(ledger.prepare('pragma page_count').get()?.page_count);
const allow = (count: number) => ledger.exec(`pragma max_page_count = ${count}`);
/** @returns how many entries the disk took until then */
function fill(): number {
  allow(pages());
  let entries = 0;
  while (!judge.disk.isFailing()) {
    expect(entry()).toMatchObject({ open: true });
    entries += 1;
    expect(entries).toBeLessThan(1_000);
  }
  return entries;
}
const onDisk = () => {
  const other = openLedger(file);
  const count = Number(other.prepare('select count(*) as n from scan where event is not null').get()?.n);
  other.close();
  return count;
};

test('a gate that cannot write goes on, tells the guard, and writes down everything once it can', () => {
  const before = fill();
  expect(onDisk()).toBe(before - 1);
  const value = passes.qr(passes.make());
  const first = scan(value, 'the-nonce', 'lane');
  expect(first).toMatchObject({ open: true, reason: 'ok', notes: [{ kind: 'unwritten' }] });
  expect(scan(value, 'the-nonce', 'lane')).toEqual(first);
  expect(scan(value, 'another-nonce', 'lane')).toEqual(first);
  expect(scan(value)).toMatchObject({ open: false, reason: 'already_used' });
  expect(judge.scans.waitingCount()).toBe(before + 1);
  const waiting = judge.scans.waiting(2_000);
  expect(new Set(waiting.map(({ event }) => event)).size).toBe(before + 1);
  // What the engine was told meanwhile is not told again, though the disk cannot take that down.
  for (const event of waiting.slice(0, 5)) judge.scans.markForwarded(event, Date.now());
  expect(judge.scans.waiting(2_000)).toHaveLength(before + 1 - 5);
  // What changes nothing needs no room, and does not mean that there is any.
  judge.scans.dropOld(Date.now());
  for (const event of waiting.slice(0, 1)) judge.scans.markForwarded({ ...event, event: randomUUID() }, Date.now());
  expect(judge.disk.isFailing()).toBe(true);
  const unsaid = judge.scans.forwardedThrough(Date.now());
  expect(unsaid).toBeLessThan(waiting[5]?.at ?? 0);

  allow(1_000_000);
  expect(entry()).toMatchObject({ open: true, notes: [] });
  expect(judge.disk.isFailing()).toBe(false);
  expect(onDisk()).toBe(before + 2);
  expect(scan(value, 'the-nonce', 'lane')).toEqual({ ...first, notes: [] });
  expect(judge.scans.waiting(2_000)).toHaveLength(before + 2 - 5);
  judge.scans.close(Date.now());
  expect(judge.disk.lost()).toBe(0);
});

test('a gate that stops before it could write says how much is lost', () => {
  fill();
  entry();
  judge.scans.close(Date.now());
  expect(judge.disk.lost()).toBe(2);
});

test('what is annulled while the disk takes nothing is annulled in memory, and told behind what it annuls', () => {
  fill();
  const key = { device: 'lane', nonce: randomUUID() };
  scan(passes.qr(passes.make()), key.nonce, key.device);
  const annul = (of = key) => judge.scans.annul(of, Date.now());
  expect([annul(), annul(), annul({ ...key, nonce: randomUUID() })]).toEqual(['annulled', 'annulled', 'unknown_scan']);
  const last = () => judge.scans.waiting(2_000).slice(-2);
  const told = last();
  expect(told.map(factOf)).toEqual([told[0]?.event, `${told[0]?.event}/annulled`]);
  // Both are forwarded, each by itself, before the disk takes anything.
  for (const event of told) judge.scans.markForwarded(event, Date.now());
  expect(judge.scans.waiting(2_000)).not.toContainEqual(told[0]);
  allow(1_000_000);
  entry();
  expect(judge.scans.waiting(2_000).filter(({ event }) => event === told[0]?.event)).toEqual([]);
  expect(annul()).toBe('annulled');
});
