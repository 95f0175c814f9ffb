import { DatabaseSync } from 'node:sqlite';
import request from 'supertest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { day } from '../domain/time.ts';
import { aHouse, type House } from '../testing/gate-house.ts';
import { gateSettings, scannerAt } from '../testing/gates.ts';
import { until } from '../testing/until.ts';
import { type RunningGate, startGate } from './start.ts';

let house: House;
let settings: Awaited<ReturnType<typeof gateSettings>>;
beforeAll(async () => {
  house = await aHouse();
  settings = await gateSettings({ id: 'east', keys: house.keys.folders.gates.east?.folder ?? '' });
});
afterAll(() => house?.close());

/** The store of a gate that stands still. */
function inStore<T>(look: (store: DatabaseSync) => T): T {
  const store = new DatabaseSync(settings.GATE_STORE);
  try {
    return look(store);
  } finally {
    store.close();
  }
}
const personal = (): unknown =>
  inStore((store) =>
    store
      .prepare(
        `select (select count(*) from pass where guard_enc is not null or code_hash is not null or plate_hash is not null)
          + (select count(*) from scan where party_enc is not null) as n`,
      )
      .get(),
  );
const heardBefore = (ago: number) =>
  inStore((store) => store.prepare(`update fact set value = ? where name = 'heard_at'`).run(String(Date.now() - ago)));

const nowhere = 'http://127.0.0.1:9';
/** A gate as long as something is tried on it. */
async function whileRuns(feed: string, act: (gate: Tried) => Promise<void>): Promise<void> {
  const gate = await startGate({ ...settings, FEED_URL: feed });
  try {
    const scan = scannerAt(() => gate.url, house.keys.gate('east').device.token);
    await act({ scan, lacks: (part) => lacks(gate, part), page: () => checkingPage(gate) });
  } finally {
    await gate.stop();
  }
}
interface Tried {
  scan: ReturnType<typeof scannerAt>;
  lacks(part: string): Promise<boolean>;
  page(): Promise<string>;
}
/** As a guard sees it, in Chinese. */
async function checkingPage({ url }: RunningGate): Promise<string> {
  const { token } = house.keys.gate('east').device;
  const login = await request(url)
    .post('/login')
    .set('Sec-Fetch-Site', 'same-origin')
    .type('form')
    .send({ secret: token });
  return (
    await request(url)
      .get('/')
      .set('Cookie', login.get('Set-Cookie') ?? [])
  ).text;
}
async function lacks({ opsUrl }: RunningGate, part: string): Promise<boolean> {
  const { degraded } = (await (await fetch(`${opsUrl}/readyz`)).json()) as { degraded: string[] };
  return degraded.includes(part);
}

test('a gate without its feed knows people for days, then forgets them, opens by signatures, and learns all of it anew', async () => {
  const { passes, database, campus } = house;
  const issue = (name: string) => passes.issue(database.db, campus, { name, plate: '京A12345' });
  const [known, unseen, gone] = [await issue('张小三'), await issue('李思远'), await issue('王芳')];
  await passes.revoke(database.db, campus, gone);
  const code = { kind: 'code' as const, value: known.code, document: known.document };
  const isRead = async ({ lacks: misses }: Tried) => {
    for (const part of ['feed', 'catching_up', 'place', 'people']) if (await misses(part)) return false;
    return true;
  };

  await whileRuns(house.web.url, async (gate) => {
    await until(() => isRead(gate), 'it has read its feed');
    expect((await gate.scan({ value: passes.qr(known), device: 'first' })).party?.name).toBe('张*三');
  });
  expect(personal()).not.toEqual({ n: 0 });

  heardBefore(6 * day);
  await whileRuns(nowhere, async (gate) => {
    expect(await gate.lacks('people')).toBe(false);
    expect(await gate.scan({ ...code, device: 'six-days' })).toMatchObject({ open: true, party: { name: '张*三' } });
  });

  heardBefore(8 * day);
  await whileRuns(nowhere, async (gate) => {
    expect(await gate.lacks('people')).toBe(true);
    expect(await gate.page()).toContain('访客信息已按规定删除');
    const opened = await gate.scan({ value: passes.qr(unseen), device: 'eight-days' });
    expect(opened).toMatchObject({ open: true, party: null });
    expect(await gate.scan({ ...code, device: 'by-code' })).toMatchObject({ open: false, reason: 'unknown_pass' });
    expect(await gate.scan({ value: passes.qr(gone), device: 'gone' })).toMatchObject({ reason: 'revoked' });
  });
  expect(personal()).toEqual({ n: 0 });

  await whileRuns(house.web.url, async (gate) => {
    await until(() => isRead(gate), 'it has read all of it');
    expect(await gate.scan({ ...code, device: 'again' })).toMatchObject({ open: true, party: { name: '张*三' } });
    expect(await gate.scan({ value: passes.qr(gone), device: 'still-gone' })).toMatchObject({ reason: 'revoked' });
  });
}, 120_000);
