import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Devices, deviceKinds, devicesOf, shownTo, strange, writtenOf } from '../../testing/gate-devices.ts';
import { aHouse, type GateUnderTest, type House } from '../../testing/gate-house.ts';
import { until } from '../../testing/until.ts';

/** What every device at a gate has to keep to, whatever it speaks. */

let house: House;
let south: GateUnderTest;
let devices: Devices;
beforeAll(async () => {
  house = await aHouse();
  devices = await devicesOf(() => south.url(), house.keys.folders.gates.south?.folder ?? '');
  south = await house.openGate('south');
});
afterAll(async () => {
  await south?.stop();
  await devices?.stop();
  await house?.close();
});

let plates = 10_000;
/** A visitor whom the gate knows, with a vehicle of their own. */
async function aVisitor() {
  plates += 1;
  const plate = `京A${plates}`;
  const pass = await house.passes.issue(house.database.db, house.campus, { plate });
  await south.caughtUp();
  return { ...pass, plate };
}

describe.each(deviceKinds)('a device of the kind %s', (kind) => {
  const at = (way: 'in' | 'out') => devices[kind][way].device;
  const written = (way: 'in' | 'out') => writtenOf(south.settings.GATE_STORE, devices[kind][way].settings.name);

  test('opens to a pass, and the entry is on the disk', async () => {
    const { events } = written('in');
    expect(await at('in').show(shownTo(kind, house.passes, await aVisitor()))).toBe(true);
    expect(written('in').events).toBe(events + 1);
  });

  test('that tells the same again gets the same answer, and makes no second entry', async () => {
    const before = written('in');
    expect(await at('in').show(shownTo(kind, house.passes, await aVisitor()))).toBe(true);
    expect(await at('in').again()).toBe(true);
    expect(written('in')).toEqual({ ...before, scans: before.scans + 1, events: before.events + 1 });
  });

  test('stays shut to what nobody knows, and says so in the record', async () => {
    const before = written('in');
    expect(await at('in').show(strange(kind))).toBe(false);
    expect(written('in')).toEqual({ ...before, scans: before.scans + 1 });
  });

  test('lets everybody out, and the record says what was missing', async () => {
    const before = written('out');
    expect(await at('out').show(strange(kind))).toBe(true);
    const { anyway, events } = written('out');
    expect(events).toBe(before.events);
    expect(anyway.slice(before.anyway.length)).toEqual([{ because: 'exit', reason: 'unknown_pass' }]);
  });

  test('of which a stranger has only the name is not believed, on the way out either', async () => {
    const [before, beforeOut] = [written('in'), written('out')];
    expect(await at('in').show(shownTo(kind, house.passes, await aVisitor()), { lies: 'secret' })).toBe(false);
    expect(await at('out').show(strange(kind), { lies: 'secret' })).toBe(false);
    expect(at('out').lastStatus()).toBe(401);
    expect([written('in'), written('out')]).toEqual([before, beforeOut]);
  });

  test.each([
    ['more than it has to say', { padding: 4_300_000 }, 413],
    ['another kind of content', { type: 'application/x-www-form-urlencoded' }, undefined],
  ])('that sends %s is refused before anything is read', async (_name, wrong, status) => {
    const before = written('in');
    expect(await at('in').show(shownTo(kind, house.passes, await aVisitor()), wrong)).toBe(false);
    expect(status === undefined ? [400, 415] : [status, undefined]).toContain(at('in').lastStatus());
    expect(written('in')).toEqual(before);
  });

  test('may be slow, and may die in the middle of a word: the next one is answered', async () => {
    expect(await at('in').show(shownTo(kind, house.passes, await aVisitor()), { slow: true })).toBe(true);
    const before = written('in');
    expect(await at('in').show(shownTo(kind, house.passes, await aVisitor()), { dies: true })).toBe(false);
    expect(written('in')).toEqual(before);
    expect(await at('in').show(shownTo(kind, house.passes, await aVisitor()))).toBe(true);
  });

  test('opens to everybody as long as it burns, and not a moment longer', async () => {
    const { anyway } = written('in');
    expect((await devices.setFire(true)).status).toBe(200);
    expect(await at('in').show(strange(kind))).toBe(true);
    expect(written('in').anyway.slice(anyway.length)).toEqual([{ because: 'fire_alarm', reason: 'unknown_pass' }]);
    expect((await devices.setFire(false)).status).toBe(200);
    expect(await at('in').show(strange(kind))).toBe(false);
  });

  test('is known after the gate was started again', async () => {
    await south.restart();
    expect(await at('in').show(shownTo(kind, house.passes, await aVisitor()))).toBe(true);
  });
});

test('a fire alarm of which only the name is known opens nothing', async () => {
  expect((await devices.setFire(true, 'x'.repeat(24))).status).toBe(401);
  expect(await devices.scanner.in.device.show(strange('scanner'))).toBe(false);
});

test('arms that devices hold themselves stay open while it burns, also where the gate starts again meanwhile', async () => {
  const zkteco = devices.zkteco.in.device;
  const hikvision = devices.hikvision.in.device;
  const polled = async (held: boolean) => {
    await zkteco.poll();
    return zkteco.isHeldOpen() === held && hikvision.isHeldOpen() === held;
  };
  await devices.setFire(true);
  await until(() => polled(true), 'both stand open');
  await south.restart();
  expect(await devices.scanner.in.device.show(strange('scanner'))).toBe(true);
  await devices.setFire(false);
  await until(() => polled(false), 'both are as before');
});

test('a scanner without a secret of its own opens while it burns, too', async () => {
  const ask = async () => (await south.scan({ value: strange('scanner') })).open;
  await devices.setFire(true);
  expect(await ask()).toBe(true);
  await devices.setFire(false);
  expect(await ask()).toBe(false);
});

test('the camera closes the contact of the fire alarm too', async () => {
  const camera = devices.plate_camera.in.device;
  await camera.input(1, true);
  expect(await camera.show(strange('plate_camera'))).toBe(false);
  await camera.input(2, true);
  expect(await camera.show(strange('plate_camera'))).toBe(true);
  await camera.input(2, false);
  expect(await camera.show(strange('plate_camera'))).toBe(false);
});

test('a plate that somebody wrote down opens no terminal', async () => {
  const { plate } = await aVisitor();
  expect(await devices.hikvision.in.device.show(plate)).toBe(false);
  expect(await devices.zkteco.in.device.show(plate)).toBe(false);
});

test('a controller opens to nobody for what it kept while it was cut off', async () => {
  const { device, settings } = devices.zkteco.in;
  const before = writtenOf(south.settings.GATE_STORE, settings.name);
  expect(await device.tellKept(house.passes.qr(await aVisitor()))).toBe(false);
  expect(writtenOf(south.settings.GATE_STORE, settings.name)).toEqual(before);
});

test('wrong codes at one device shut no other one out', async () => {
  const ask = async (way: 'in' | 'out', value: string) => {
    const { token } = devices.scanner[way].settings;
    const response = await fetch(`${south.url()}/scan`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify({
        device: 'd',
        credential: { kind: 'code', value },
        direction: way,
        nonce: crypto.randomUUID(),
      }),
    });
    return ((await response.json()) as { reason: string }).reason;
  };
  const { code } = await aVisitor();
  await until(async () => (await ask('in', 'ABCDEFGH')) === 'too_many_tries', 'guessing is stopped');
  expect(await ask('in', code)).toBe('too_many_tries');
  expect(await ask('out', code)).toBe('id_required');
});

test('a scanner cannot choose the other way', async () => {
  const { token } = devices.scanner.in.settings;
  const response = await fetch(`${south.url()}/scan`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify({
      device: 'd',
      credential: { kind: 'qr', value: house.passes.qr(house.passes.make()) },
      direction: 'out',
      nonce: crypto.randomUUID(),
    }),
  });
  expect(await response.json()).toMatchObject({ open: false, reason: 'error' });
});

describe('a plate camera', () => {
  const camera = () => devices.plate_camera.in.device;
  const name = () => devices.plate_camera.in.settings.name;

  test('opens to nobody for what it kept while it had no answer', async () => {
    const { plate } = await aVisitor();
    expect(await camera().show(plate, { dies: true })).toBe(false);
    const before = writtenOf(south.settings.GATE_STORE, name());
    expect(await camera().sendKept()).toBe(0);
    expect(writtenOf(south.settings.GATE_STORE, name())).toEqual(before);
  });

  test('that reads no plate lets out and not in', async () => {
    expect(await camera().show('_无_')).toBe(false);
    expect(await devices.plate_camera.out.device.show('_无_')).toBe(true);
    const { anyway } = writtenOf(south.settings.GATE_STORE, devices.plate_camera.out.settings.name);
    expect(anyway.at(-1)).toEqual({ because: 'exit', reason: 'unreadable' });
  });

  test.each([
    ['too much', { padding: 4_300_000 }],
    ['another kind of content', { type: 'text/plain' }],
  ])('that sends %s lets out all the same', async (_name, wrong) => {
    const { device, settings } = devices.plate_camera.out;
    expect(await device.show(strange('plate_camera'), wrong)).toBe(true);
    const { anyway } = writtenOf(south.settings.GATE_STORE, settings.name);
    expect(anyway.at(-1)).toEqual({ because: 'exit', reason: 'unreadable' });
    expect(await device.show(strange('plate_camera'), { ...wrong, lies: 'secret' })).toBe(false);
  });

  test('of another serial number is not believed', async () => {
    expect(await camera().show((await aVisitor()).plate, { lies: 'serial' })).toBe(false);
    expect(camera().lastStatus()).toBe(403);
  });

  test('sends its own password with every heartbeat, and nobody keeps it', async () => {
    expect(await camera().beat()).toBe(200);
    expect(readFileSync(south.settings.GATE_STORE).includes(devices.cameraPassword)).toBe(false);
  });
});

describe('a terminal that speaks ISAPI', () => {
  const terminal = () => devices.hikvision.in.device;
  const url = () => `${south.url()}/devices/${devices.hikvision.in.settings.name}/events`;

  test('is asked anew where somebody sends its answer to a challenge once more', async () => {
    expect(await terminal().show(strange('hikvision'))).toBe(false);
    const replayed = await fetch(url(), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: terminal().lastAuthorization() ?? '' },
      body: '{}',
    });
    expect(replayed.status).toBe(401);
    expect(replayed.headers.get('www-authenticate')).toContain('stale=true');
  });

  test.each([
    ['no card number', ''],
    ['too long a card number', '9'.repeat(1_001)],
  ])('that reads %s lets out, and counts no try', async (_name, cardNo) => {
    const { device, settings } = devices.hikvision.out;
    expect(await device.show(cardNo)).toBe(true);
    const { anyway } = writtenOf(south.settings.GATE_STORE, settings.name);
    expect(anyway.at(-1)).toEqual({ because: 'exit', reason: 'unreadable' });
  });

  test('that was busy is told once more', async () => {
    terminal().beBusy();
    expect(await terminal().show(house.passes.qr(house.passes.make()))).toBe(true);
  });
});

test('a controller that greeted once is believed after the gate was started again', async () => {
  const controller = devices.zkteco.in.device;
  const entry = () => controller.show(house.passes.qr(house.passes.make()));
  expect(await entry()).toBe(true);
  const greetings = controller.greetings();
  await south.restart();
  expect(await entry()).toBe(true);
  expect(controller.greetings()).toBe(greetings);
});
