import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { load } from 'cheerio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aHouse, type House } from '../testing/gate-house.ts';
import { gateSettings, scannerAt } from '../testing/gates.ts';
import { until } from '../testing/until.ts';
import { openLedger } from './ledger.ts';
import { type RunningGate, startGate } from './start.ts';

/** A gate whose store lies on a small disk of its own that runs full. Needs root: it mounts one. */

let house: House;
let gate: RunningGate | undefined;
const running = () => gate ?? expect.fail('no gate runs');
let disk: string;
beforeAll(async () => {
  house = await aHouse();
  const folder = house.keys.folders.gates.south?.folder ?? '';
  const settings = await gateSettings({ id: 'south', keys: folder, feed: house.web.url });
  disk = join(dirname(settings.GATE_STORE), 'disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]);
  gate = await startGate({ ...settings, GATE_STORE: join(disk, 'gate.db') });
});
afterAll(async () => {
  await gate?.stop();
  if (disk) execFileSync('umount', [disk]);
  await house?.close();
});

const degraded = async () =>
  ((await (await fetch(`${running().opsUrl}/readyz`)).json()) as { ready: boolean; degraded: string[] }).degraded;
const told = async () => house.database.db('gate_contact').where({ gate_id: 'south' }).first();
const scan = (value: string) => scannerAt(() => running().url, house.keys.gate('south').device.token)({ value });

test('every scan is answered on a full disk, the guard gets in and is warned, and all of it is written afterwards', async () => {
  const { passes } = house;
  await until(async () => (await fetch(`${running().opsUrl}/readyz`)).ok, 'the gate knows its place');
  await until(async () => !(await degraded()).includes('catching_up'), 'the gate has read its feed');
  const full = join(disk, 'full');
  try {
    writeFileSync(full, Buffer.alloc(4_000_000));
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  }
  let entries = 0;
  await until(async () => {
    expect(await scan(passes.qr(passes.make()))).toMatchObject({ open: true, reason: 'ok' });
    entries += 1;
    return (await degraded()).includes('disk');
  }, 'the gate says that its disk takes nothing');
  const warned = await scan(passes.qr(passes.make()));
  entries += 1;
  expect(warned).toMatchObject({ open: true, notes: [{ kind: 'unwritten' }] });
  await until(async () => (await told()).disk_kept > 0, 'the office knows what is in memory only');
  const login = await fetch(`${running().url}/login`, {
    method: 'POST',
    headers: { 'Sec-Fetch-Site': 'same-origin' },
    body: new URLSearchParams({ secret: house.keys.gate('south').device.token }),
    redirect: 'manual',
  });
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
  expect(load(await (await fetch(running().url, { headers: { cookie } })).text())('.warning').text()).toContain(
    '无法写入磁盘',
  );

  rmSync(full);
  await until(async () => !(await degraded()).includes('disk'), 'the disk is written again');
  await until(async () => (await told()).disk_failing_since === null, 'the office knows that too');
  await gate?.stop();
  gate = undefined;
  const ledger = openLedger(join(disk, 'gate.db'));
  const found = ledger.prepare('select count(*) as n from scan where event is not null').get();
  ledger.close();
  expect(found).toEqual({ n: entries });
});
