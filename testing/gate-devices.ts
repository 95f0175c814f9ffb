import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startHikvision } from '../sandbox/devices/hikvision.ts';
import { createPlateCamera } from '../sandbox/devices/plate-camera.ts';
import { createScanner } from '../sandbox/devices/scanner.ts';
import { createZkteco } from '../sandbox/devices/zkteco.ts';
import type { House } from './gate-house.ts';
import type { IssuedPass } from './passes.ts';

/** One device of every kind on the way in and one on the way out, before one gate. */

const makeSecret = () => randomBytes(18).toString('base64url');
type Way = 'in' | 'out';

/** @param gate where the gate listens, once it does */
export async function devicesOf(gate: () => string, folder: string) {
  const cameraPassword = makeSecret();
  const own = (kind: string, direction: Way) => ({ name: `${kind}-${direction}`, direction, secret: makeSecret() });
  const scanner = (direction: Way) => {
    const { name, secret } = own('scanner', direction);
    const settings = { kind: 'scanner', name, direction, token: secret };
    return { settings, device: createScanner(gate, { token: secret, direction }) };
  };
  const camera = (direction: Way) => {
    const serial = `fe71e106-${direction}`;
    const settings = {
      kind: 'plate_camera',
      ...own('camera', direction),
      serial,
      ...(direction === 'in' && { fire_input: 2 }),
    };
    return { settings, device: createPlateCamera(gate, { ...settings, password: cameraPassword, resendings: 1 }) };
  };
  const zkteco = (direction: Way) => {
    const settings = { kind: 'zkteco', ...own('zkteco', direction), serial: `MWA52446${direction}` };
    return { settings, device: createZkteco(gate, { ...settings, inoutstatus: direction === 'in' ? 0 : 1 }) };
  };
  const hikvision = async (direction: Way) => {
    const shared = { ...own('hikvision', direction), user: 'admin', password: makeSecret() };
    const device = await startHikvision(gate, { ...shared, patience: 60_000 });
    return { settings: { kind: 'hikvision', ...shared, url: device.url }, device };
  };
  const kinds = {
    scanner: { in: scanner('in'), out: scanner('out') },
    plate_camera: { in: camera('in'), out: camera('out') },
    zkteco: { in: zkteco('in'), out: zkteco('out') },
    hikvision: { in: await hikvision('in'), out: await hikvision('out') },
  };
  const fire = { kind: 'fire_input', name: 'fire', direction: 'both', token: makeSecret() };
  const devices = [...Object.values(kinds).flatMap((ways) => [ways.in.settings, ways.out.settings]), fire];
  writeFileSync(join(folder, 'devices.json'), JSON.stringify({ devices }), { mode: 0o600 });
  return {
    ...kinds,
    /** It goes with every heartbeat. */
    cameraPassword,
    /** The contact of the fire alarm opens or closes. */
    setFire: (on: boolean, token = fire.token) =>
      fetch(`${gate()}/devices/fire/alarm`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
        body: JSON.stringify({ on }),
      }),
    stop: async () =>
      void (await Promise.all([kinds.hikvision.in.device.stop?.(), kinds.hikvision.out.device.stop?.()])),
  };
}

export type Devices = Awaited<ReturnType<typeof devicesOf>>;
export type Kind = 'scanner' | 'plate_camera' | 'zkteco' | 'hikvision';
export const deviceKinds: Kind[] = ['scanner', 'plate_camera', 'zkteco', 'hikvision'];

/** What a visitor holds before a device of this kind, and what a stranger does. */
export const shownTo = (kind: Kind, passes: House['passes'], pass: IssuedPass & { plate: string }): string =>
  kind === 'plate_camera' ? pass.plate : passes.qr(pass);
export const strange = (kind: Kind): string => (kind === 'plate_camera' ? '沪A00000' : 'NOBODY-KNOWS-THIS');

/** What the gate wrote down of a device. */
export function writtenOf(file: string, device: string) {
  const ledger = new DatabaseSync(file, { readOnly: true });
  const count = (sql: string) => Number(ledger.prepare(sql).get(device)?.n);
  const written = {
    scans: count('select count(*) as n from scan where device = ?'),
    events: count('select count(*) as n from scan where device = ? and event is not null'),
    /** Further nonces of a scan: a device that tells the same again uses none. */
    repeated: count('select count(*) as n from repeated_scan where device = ?'),
    anyway: ledger
      .prepare('select because, reason from opened_anyway where device = ? order by at')
      .all(device)
      .map((row) => ({ ...row })),
  };
  ledger.close();
  return written;
}
