import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { takenOffPages } from '../testing/tried-commands/taken-off.ts';
import { until } from '../testing/until.ts';
import { aVisitor, windowOf } from './people.ts';
import { decide, enter, passOf, plainBrowserOf, register, reserve, stubbornly } from './plain-walk.ts';
import { containedOffice } from './production/contained.ts';
import { startLoad } from './production/load.ts';
import { type ContainedOffice, type Office, processNames } from './production/office.ts';
import { inContainers } from './production/page-commands.ts';
import { plainOffice } from './production/plain.ts';
import { lackingForContainers } from './production/podman.ts';
import { rightsInContainers } from './production/rights.ts';
import { department } from './walk.ts';

/**
 * The drill of an office: two of each process with production settings behind a TLS proxy, on servers of their own, and the
 * sandbox as every partner. In the containers of `docker-compose.yml` where podman can build and run them, else as plain processes.
 */
const lacking = lackingForContainers();
const where = lacking.length === 0 ? 'in containers' : `on plain processes, for want of ${lacking.join(', ')}`;
const minute = 60_000;
let office: Office;
/** What is in requests, and has no place in what the proxy writes. */
const told: string[] = [];
beforeAll(async () => {
  office = await (lacking.length === 0 ? containedOffice() : plainOffice());
}, 40 * minute);
afterAll(() => office?.stop(), 5 * minute);

/** From the first page to the open gate, with the entry on the visitor's page. */
async function visit(n: number): Promise<void> {
  const visitor = aVisitor(n);
  const browser = plainBrowserOf(office, visitor);
  await register(office, visitor, browser);
  const window = windowOf(30 * minute);
  const reservation = await reserve(browser, { department, host: '赵敏', reason: '业务往来', ...window });
  await decide(office, visitor);
  const passPath = await passOf(browser, reservation);
  told.push(visitor.phone, visitor.document, reservation, passPath);
  await enter(office, browser, { passPath, gate: 'south' });
  await stubbornly(browser).open(`/reservations/${reservation}`, (page) => page.has('已入校'));
}

if (lacking.length === 0)
  it('every container has the rights that it needs and no other', async () => {
    const [overrideAccess, bindLowPort] = [1, 10];
    const rights = Object.entries(await rightsInContainers());
    expect(rights.map(([service]) => service)).toEqual(expect.arrayContaining([...processNames, 'postgres', 'engine']));
    expect(rights.filter(([, { isReadOnly }]) => !isReadOnly)).toEqual([]);
    const asRoot = rights.filter(([, { account, capabilities }]) => account === 0 || capabilities.length > 0);
    expect(Object.fromEntries(asRoot.map(([service, { capabilities }]) => [service, capabilities]))).toEqual({
      backup: [overrideAccess],
      proxy: [bindLowPort],
    });
  });

const allReady = () =>
  Promise.all(
    processNames.map((name) =>
      until(() => office.assertReady(name).then(() => true), `${name} is ready by itself`, 60),
    ),
  );

it(`a visit is walked through the TLS proxy (${where})`, { timeout: 5 * minute }, () => visit(1));

it('every process is restarted in turn under load, and no request fails', { timeout: 10 * minute }, async () => {
  const load = startLoad(office.web, 6);
  const walked = visit(2);
  for (const name of processNames) {
    await office.restart(name);
    const before = load.answered();
    await until(() => {
      const read = load.answered() - before;
      if (read <= 20) throw new Error(`${read} pages\n${load.failed()}`);
      return true;
    }, `pages are read while ${name} was restarted`);
  }
  await walked;
  expect(await load.stop()).toEqual([]);
});

it('no web answers for a while, and the proxy is well all the same', { timeout: 5 * minute }, async () => {
  const token = 'credential'.repeat(4);
  told.push(token, '10.99.98.97');
  await Promise.all([office.end('web-1'), office.end('web-2')]);
  const ask = async (path: string) => {
    const headers = { Referer: `${office.web}${path}`, 'X-Forwarded-For': '10.99.98.97' };
    return (await fetch(`${office.web}${path}`, { headers })).status;
  };
  const answers = await Promise.all([`/t/${token}`, `/join/${token}`, `/staff/links/${token}`].map(ask));
  const isWell = await office.proxy.isWell();
  await office.restart('web-1');
  await office.restart('web-2');
  // 502 for one that it tried, 503 while it takes both for lost.
  expect(answers.filter((status) => status !== 502 && status !== 503)).toEqual([]);
  expect(isWell).toBe(true);
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

it('the proxy wrote down nobody who asked, and no address of a page', async () => {
  const said = await office.proxy.said();
  expect(said).toContain('serving initial configuration');
  expect(told.length).toBeGreaterThan(10);
  expect(told.filter((words) => said.includes(words))).toEqual([]);
  expect(said).not.toMatch(/remote_ip|client_ip|"uri"/);
});

if (lacking.length === 0) {
  it.each(takenOffPages(import.meta.url, inContainers))(
    'as the pages have it: %s',
    { timeout: 10 * minute },
    (command, type) => type(office as ContainedOffice, command),
  );

  it('a visit is walked after the restore', { timeout: 5 * minute }, () => visit(5));
}
