import { load } from 'cheerio';
import express from 'express';
import request from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createLog } from '../../platform/log.ts';
import { hashPassword } from '../../platform/password.ts';
import { giveGatePin, takeGatePin } from '../../store/staff/gate-pin.ts';
import { createStaff } from '../../store/staff/staff.ts';
import { aHouse, type GateUnderTest, type House } from '../../testing/gate-house.ts';
import { serve } from '../../testing/gates.ts';
import { until } from '../../testing/until.ts';
import { feedRoutes } from '../../web/gates/routes.ts';
import { openLedger } from '../ledger.ts';
import { deriveLocalKeys } from '../local-keys.ts';

/** Guards log in at a gate each by a PIN of their own, which the gate checks by itself. */

let house: House;
let web: Awaited<ReturnType<House['openWeb']>>;
let gate: GateUnderTest;
let wang: string;
let zhao: string;
const pins = { wang: '01234567', zhao: '76543210' };

beforeAll(async () => {
  house = await aHouse();
  web = await house.openWeb();
  const guard = (name: string, username: string) =>
    createStaff(house.database.owner, { name, username, roles: [{ role: 'security' }] });
  wang = await guard('王卫', 'wang.wei');
  zhao = await guard('赵安', 'zhao.an');
  await giveBoth();
  gate = await house.openGate('south', web.url);
});
afterAll(async () => {
  await gate?.stop();
  await web?.close();
  await house?.close();
});
beforeEach(async () => {
  write('delete from failed_login');
  await until(async () => load((await page('/login')).text)('#username').length === 1, 'the gate knows its guards');
});

const give = async (staff: string, pin: string) =>
  giveGatePin(house.database.db, { staff, hash: await hashPassword(pin) });
const giveBoth = () => Promise.all([give(wang, pins.wang), give(zhao, pins.zhao)]);
/** The gate checks by the list as it was before the test. */
async function restore() {
  await house.database.owner('staff').update({ left_at: null });
  await giveBoth();
  for (const [username, pin] of [
    ['wang.wei', pins.wang],
    ['zhao.an', pins.zhao],
  ] as const) {
    await until(async () => {
      write('delete from failed_login');
      return (await login(username, pin)).status === 303;
    }, `${username} is back`);
  }
}

const post = (path: string, fields: object, cookie = '') =>
  request(gate.url()).post(path).set('Sec-Fetch-Site', 'same-origin').set('Cookie', cookie).type('form').send(fields);
const page = async (path: string, cookie = '') => request(gate.url()).get(path).set('Cookie', cookie);
const login = (username: string, secret: string) => post('/login', { username, secret });
async function signIn(username: string, secret: string): Promise<string> {
  const answer = await login(username, secret);
  expect([answer.status, answer.get('Location')]).toEqual([303, '/']);
  return answer.get('Set-Cookie')?.[0]?.split(';')[0] ?? '';
}
const write = (sql: string): void => {
  const ledger = openLedger(gate.settings.GATE_STORE);
  ledger.exec(sql);
  ledger.close();
};
const isIn = async (cookie: string) => (await page('/', cookie)).status === 200;
const rows = <T>(sql: string): T[] => {
  const ledger = openLedger(gate.settings.GATE_STORE);
  try {
    return ledger.prepare(sql).all() as T[];
  } finally {
    ledger.close();
  }
};

describe('a guard’s own PIN', () => {
  test('opens the console under the guard’s name, in any case of letters, and each check says who made it', async () => {
    const cookie = await signIn(' Wang.Wei ', pins.wang);
    const $ = load((await page('/', cookie)).text);
    expect($('.guard').text()).toBe('值班：王卫');
    await post('/scans', { nonce: $('[name=nonce]').val(), credential: 'nothing' }, cookie);
    expect(rows('select guard from scan')).toEqual([{ guard: wang }]);
  });

  test('is none of another guard, and none without a user name', async () => {
    for (const [username, secret] of [
      ['wang.wei', pins.zhao],
      ['nobody', pins.wang],
      ['', pins.wang],
      ['wang.wei', ''],
    ] as const) {
      const answer = await login(username, secret);
      expect([username, answer.status, load(answer.text)('[role=alert]').text()]).toEqual([
        username,
        422,
        '用户名或 PIN 码不正确，请重新输入。忘记 PIN 码请找系统管理员重新生成。',
      ]);
    }
  });

  test('ends the PIN that all shared; the device token still sets the gate up', async () => {
    const { pin = '' } = house.keys.folders.gates.south ?? {};
    expect((await login('', pin)).status).toBe(422);
    await signIn('', gate.token);
    await house.database.owner('gate_pin').delete();
    await until(async () => {
      write('delete from failed_login');
      return (await login('', pin)).status === 303;
    }, 'nobody has a PIN of their own any more');
    await restore();
  });

  test('that is mistyped five times shuts nobody else out', async () => {
    for (let tried = 0; tried < 5; tried += 1) expect((await login('wang.wei', '00000000')).status).toBe(422);
    expect((await login('wang.wei', pins.wang)).status).toBe(429);
    await signIn('zhao.an', pins.zhao);
  });

  test('is kept under the gate’s local key, with the names', () => {
    const [held] = rows<{ value: string }>(`select value from fact where name = 'guards'`);
    expect(held?.value).toMatch(/^[A-Za-z0-9+/=]{200,}$/);
    expect(Buffer.from(held?.value ?? '', 'base64').includes('王卫')).toBe(false);
  });
});

describe('whoever is taken off the list', () => {
  test.each([
    ['by losing the PIN', () => takeGatePin(house.database.db, wang)],
    ['by leaving', () => house.database.owner('staff').where({ id: wang }).update({ left_at: new Date() })],
  ])('%s is out at once, and the others stay', async (_how, act) => {
    const [gone, stays] = [await signIn('wang.wei', pins.wang), await signIn('zhao.an', pins.zhao)];
    await act();
    await until(async () => !(await isIn(gone)), 'the session is over');
    expect([await isIn(stays), (await login('wang.wei', pins.wang)).status]).toEqual([true, 422]);
    await restore();
  });

  test('by another PIN: the former one is worthless', async () => {
    await give(zhao, '11112222');
    await until(async () => {
      write('delete from failed_login');
      return (await login('zhao.an', '11112222')).status === 303;
    }, 'the gate knows the new one');
    expect((await login('zhao.an', pins.zhao)).status).toBe(422);
    await restore();
  });
});

describe('without the server', () => {
  /** The gate begins without a list, and somebody on the way to its feed changes what it asks for. */
  async function askingBy(change: (url: string) => string, act: () => Promise<void>): Promise<void> {
    const between = await serve(
      express()
        .use((req, _res, next) => {
          req.url = change(req.url);
          next();
        })
        .use(feedRoutes({ db: house.database.db, keys: house.keys.web, log: createLog('test', 'silent') })),
    );
    const { FEED_URL } = gate.settings;
    try {
      write(`delete from fact where name = 'guards'`);
      gate.settings.FEED_URL = between.url;
      await gate.restart();
      await act();
    } finally {
      gate.settings.FEED_URL = FEED_URL;
      await gate.restart();
      await between.close();
    }
  }
  const knownGuards = async () => load((await page('/login')).text)('#username').length;

  test('a list reaches the gate, also where somebody on the way leaves out that it asked', async () => {
    await askingBy(
      (url) => url.replace(/&guards=[^&]+/, ''),
      async () => void (await until(async () => (await knownGuards()) === 1, 'the gate knows its guards')),
    );
  });

  test('a page that leaves out a list which the gate has not is not believed', async () => {
    const [kept] = rows<{ value: string }>(`select value from fact where name = 'guards'`);
    const newest = markOf(kept?.value ?? '');
    await askingBy(
      // As if the gate had the newest list already.
      (url) => url.replace(/guards=[^&]+/, `guards=${newest}`),
      async () => {
        await gate.missesFeed();
        expect(await knownGuards()).toBe(0);
      },
    );
  });

  test('each guard’s PIN opens the console, also after a restart', async () => {
    await web.close();
    await gate.missesFeed();
    await signIn('zhao.an', pins.zhao);
    await gate.restart();
    expect(await isIn(await signIn('wang.wei', pins.wang))).toBe(true);
  });
});

/** The mark of the list that a gate keeps. */
const markOf = (value: string): string => {
  const { cipher } = deriveLocalKeys(house.keys.gate('south'));
  const address = { table: 'fact', column: 'value', row: 'guards' };
  return JSON.parse(cipher.open(address, Buffer.from(value, 'base64'))).mark;
};
