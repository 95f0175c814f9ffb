import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../testing/folder.ts';
import { readDevices } from './settings.ts';

const lane = { kind: 'scanner', name: 'lane-1', direction: 'in', token: 'a-secret-of-the-first-lane' };
const other = { ...lane, name: 'lane-2', token: 'a-secret-of-the-second-lane' };

function read(devices: unknown) {
  const folder = temporaryFolder('xiaomen-devices-');
  writeFileSync(join(folder, 'devices.json'), JSON.stringify({ devices }));
  return () => readDevices(folder);
}

describe('the devices of a gate', () => {
  test('are none where there is no file', () => {
    expect(readDevices(temporaryFolder('xiaomen-devices-'))).toEqual([]);
  });

  test('are read', () => {
    expect(read([lane, other])()).toEqual([lane, other]);
  });

  test.each([
    ['two of one name', [lane, { ...other, name: 'lane-1' }], 'two devices have one name'],
    ['two of one secret', [lane, { ...other, token: lane.token }], 'two devices have one secret'],
    ['an unknown kind', [{ ...lane, kind: 'drone' }], 'devices.0.kind'],
    ['a short secret', [{ ...lane, token: 'short' }], 'devices.0.token'],
    ['an unknown field', [{ ...lane, colour: 'red' }], 'devices.0'],
    [
      'a camera whose barrier leads both ways',
      [{ kind: 'plate_camera', name: 'c', direction: 'both', secret: lane.token, serial: 'abcd' }],
      'devices.0.direction',
    ],
    [
      'a terminal whose door leads both ways',
      [
        {
          kind: 'hikvision',
          name: 't',
          direction: 'both',
          url: 'http://192.0.2.1',
          password: 'x'.repeat(8),
          secret: lane.token,
        },
      ],
      'devices.0.direction',
    ],
  ])('are refused with %s', (_name, devices, place) => {
    expect(read(devices)).toThrow(place);
  });

  test('a file that is no JSON is a fault that does not quote it', () => {
    const folder = temporaryFolder('xiaomen-devices-');
    writeFileSync(join(folder, 'devices.json'), `{"token": ${lane.token}}`);
    expect(() => readDevices(folder)).toThrow(/^Key file devices.json in KEYS_DIR is no JSON$/);
  });

  test('no fault names a secret', () => {
    expect(read([{ ...lane, token: 'kurz' }])).not.toThrow('kurz');
  });
});
