import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { day, hour } from '../domain/time.ts';
import { type BlackHole, openBlackHole } from '../testing/black-hole.ts';
import { aParty } from '../testing/party.ts';
import { sharedGround } from '../testing/system/ground.ts';
import { type System, startSystem } from '../testing/system.ts';
import { until } from '../testing/until.ts';
import { VisitorBrowser } from '../testing/visitor-browser.ts';

/** The engine behind a line that dies without a word: every process notices by itself, which takes 45 s. */

let system: System;
let engine: BlackHole;
beforeAll(async () => {
  const ground = await sharedGround();
  const [host = '', port] = ground.temporal.address.split(':');
  engine = await openBlackHole({ host, port: Number(port) });
  const env = { TEMPORAL_ADDRESS: `127.0.0.1:${engine.port}` };
  system = await startSystem({ ground, env, start: ['sandbox', 'worker', 'web'] });
}, 120_000);
afterAll(async () => {
  await system?.stop();
  await engine?.close();
});

test('what was asked is kept meanwhile, and done by another line', async () => {
  const lead = await new VisitorBrowser(system).settle();
  const window = { from: new Date(Date.now() + day), until: new Date(Date.now() + day + hour) };
  const { reservation } = await aParty(system, [lead.phone], window);
  engine.swallow();
  await lead.post(`/reservations/${reservation}/cancellation`, { key: randomUUID() }).expect(303);
  engine.takeOver();
  const outcome = async () => (await system.owner('reservation').where({ id: reservation }).first()).outcome;
  expect(await outcome()).toBeNull();
  await until(async () => (await outcome()) === 'cancelled', 'the visit is cancelled', 90);
}, 240_000);
