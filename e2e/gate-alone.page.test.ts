import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OwnGround, ownGround } from '../testing/system/ground.ts';
import { type System, startSystem } from '../testing/system.ts';
import { until } from '../testing/until.ts';
import { aVisitor, windowOf } from './people.ts';
import * as plainly from './plain-walk.ts';
import { scan } from './scanner.ts';
import { department } from './walk.ts';

let ground: OwnGround;
let system: System;
beforeAll(async () => {
  ground = await ownGround();
  system = await startSystem({ ground, run: 'apart' });
}, 120_000);
afterAll(() => system?.stop());

it('with web, worker, door, PostgreSQL and the engine all gone, gates open for valid passes, and report the entries afterwards', async () => {
  const visitor = aVisitor(1);
  const browser = plainly.plainBrowserOf(system, visitor);
  await plainly.register(system, visitor, browser);
  const visit = { department, host: '赵敏', reason: '业务往来', ...windowOf(3600_000) };
  const reservation = await plainly.reserve(browser, visit);
  await plainly.decide(system, visitor);
  const pass = await browser.open(await plainly.passOf(browser, reservation));
  const value = pass.$('.qr').attr('data-text') ?? '';
  const code = pass.$('.pass__gatecode dd').text().trim();
  const known = async () => (await scan(system.gates.east, { kind: 'code', value: code })).reason === 'id_required';
  await until(known, 'the east gate has read its feed');

  const { web, worker, door, ...gates } = system.parts;
  await Promise.all([web.kill(), worker.kill(), door.kill(), ground.postgres.kill(), ground.engine.kill()]);
  // A gate that is started again now knows no more than what lies on its disk.
  await gates['gate-east'].kill();
  await gates['gate-east'].start();

  const opened = await scan(system.gates.south, { kind: 'qr', value }, { nonce: 'once-and-only' });
  expect(opened).toMatchObject({ open: true, reason: 'ok', party: { name: expect.stringContaining('*') } });
  expect(await scan(system.gates.south, { kind: 'qr', value }, { nonce: 'once-and-only' })).toEqual(opened);
  const typed = { kind: 'code', value: code, document: visitor.document.slice(-6) } as const;
  expect(await scan(system.gates.east, typed)).toMatchObject({ open: true, reason: 'ok' });
  const forged = `${value.slice(0, -1)}${value.endsWith('A') ? 'B' : 'A'}`;
  expect(await scan(system.gates.east, { kind: 'qr', value: forged })).toMatchObject({ open: false });

  await Promise.all([ground.postgres.start(), ground.engine.start()]);
  await Promise.all([web.start(), worker.start(), door.start()]);
  const events = await until(
    async () => {
      const rows = await system.owner('gate_event').where({ reservation_id: reservation });
      return rows.length >= 2 && rows;
    },
    'both entries are recorded',
    60,
  );
  expect(events.map(({ gate_id, method }) => `${gate_id} ${method}`).sort()).toEqual(['east code', 'south qr']);
});
