import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLog } from '../platform/log.ts';
import { testKeys } from '../testing/keys.ts';
import { passesOf } from '../testing/passes.ts';
import { answerScan, type Judge } from './answer-scan.ts';
import { createAnsweredScans } from './answered-scans.ts';
import { createDisk } from './disk.ts';
import { createEnteredElsewhere } from './entered-elsewhere.ts';
import { createKnownPasses } from './known-passes.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { deriveLocalKeys } from './local-keys.ts';
import { createPosition } from './position.ts';
import { trustKeys } from './trusted-keys.ts';

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
  const disk = createDisk(createLog('test', 'silent'));
  const position = createPosition(ledger);
  const names = { 'zh-CN': '南门', en: 'South Gate' };
  const place = { campus: 1, number: 0, exitsRecorded: false, campusName: names, gateName: names };
  position.move({
    gate: 'south',
    asked: 0,
    from: 0,
    through: 0,
    head: 0,
    epoch: randomUUID(),
    fromMark: null,
    throughMark: randomUUID(),
    place,
    rows: [],
  });
  position.refresh();
  judge = {
    position,
    disk,
    passes: createKnownPasses(ledger, local),
    scans: createAnsweredScans(ledger, local, 'south', disk),
    elsewhere: createEnteredElsewhere(),
    trusted: trustKeys(keys.gate('south').trust),
    answered: () => undefined,
  };
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
  for (const { event } of waiting.slice(0, 5)) judge.scans.markForwarded(event, Date.now());
  expect(judge.scans.waiting(2_000)).toHaveLength(before + 1 - 5);
  // What changes nothing needs no room, and does not mean that there is any.
  judge.scans.dropOld(Date.now());
  judge.scans.markForwarded(randomUUID(), Date.now());
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
