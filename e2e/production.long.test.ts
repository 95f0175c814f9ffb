import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../testing/until.ts';
import { aVisitor, windowOf } from './people.ts';
import { decide, enter, passOf, plainBrowserOf, register, reserve, stubbornly } from './plain-walk.ts';
import { startLoad } from './production/load.ts';
import { type Office, processNames } from './production/office.ts';
import { plainOffice } from './production/plain.ts';
import { department } from './walk.ts';

/**
 * The drill of an office: two of each process with production settings behind a TLS proxy, on servers of their own, and the
 * sandbox as every partner.
 */
const minute = 60_000;
let office: Office;
beforeAll(async () => {
  office = await plainOffice();
}, 20 * minute);
afterAll(() => office?.stop(), minute);

/** From the first page to the open gate, with the entry on the visitor's page. */
async function visit(n: number): Promise<void> {
  const visitor = aVisitor(n);
  const browser = plainBrowserOf(office, visitor);
  await register(office, visitor, browser);
  const window = windowOf(30 * minute);
  const reservation = await reserve(browser, { department, host: '赵敏', reason: '业务往来', ...window });
  await decide(office, visitor);
  await enter(office, browser, { passPath: await passOf(browser, reservation), gate: 'south' });
  await stubbornly(browser).open(`/reservations/${reservation}`, (page) => page.has('已入校'));
}

const allReady = () =>
  Promise.all(
    processNames.map((name) =>
      until(() => office.assertReady(name).then(() => true), `${name} is ready by itself`, 60),
    ),
  );

it('a visit is walked through the TLS proxy', { timeout: 5 * minute }, () => visit(1));

it('every process is restarted in turn under load, and no request fails', { timeout: 10 * minute }, async () => {
  const load = startLoad(office.web, 6);
  const walked = visit(2);
  for (const name of processNames) {
    await office.restart(name);
    const before = load.answered();
    await until(() => load.answered() > before + 20, 'pages are read meanwhile');
  }
  await walked;
  expect(await load.stop()).toEqual([]);
});

it.each(['postgres', 'engine'] as const)(
  '%s is away for a minute, and every process recovers by itself',
  { timeout: 10 * minute },
  async (server) => {
    const before = await office.starts();
    await office[server].stop();
    await pause(minute);
    await office[server].start();
    await allReady();
    expect(await office.starts()).toEqual(before);
    await visit(server === 'postgres' ? 3 : 4);
  },
);
