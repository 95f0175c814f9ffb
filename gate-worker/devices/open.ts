import { Router } from 'express';
import type { Log } from '../../platform/log.ts';
import type { Judge } from '../answer-scan.ts';
import type { Ledger } from '../ledger.ts';
import { createDeviceDesk, type DeviceDesk } from './desk.ts';
import type { DeviceAdapter, House } from './device.ts';
import { createDeviceFacts } from './facts.ts';
import { createFireAlarm } from './fire-alarm.ts';
import { openFireInput } from './fire-input.ts';
import { openHikvision } from './hikvision.ts';
import { createOpenedAnyway } from './opened-anyway.ts';
import { openPlateCamera } from './plate-camera.ts';
import { openScanner } from './scanner.ts';
import type { AnyDevice } from './settings.ts';
import { openZkteco } from './zkteco.ts';

export interface Devices {
  routes: Router;
  /** What is answered to a scanner that stands in no list. */
  orFire: DeviceDesk['orFire'];
  stop(): Promise<void>;
}

/** Brings up every device that this gate is set up with. */
export function openDevices(
  settings: readonly AnyDevice[],
  { judge, ledger, log }: { judge: Judge; ledger: Ledger; log: Log },
): Devices {
  const facts = createDeviceFacts(ledger, judge.disk);
  const fire = createFireAlarm(
    settings.filter(isFireInput).map(({ name }) => name),
    facts,
    log,
  );
  const desk = createDeviceDesk({ judge, fire, opened: createOpenedAnyway(ledger, judge.disk), log });
  const adapters = settings.map((device) => openDevice(device, { desk, facts, log }));
  for (const { holdOpen } of adapters) if (holdOpen) fire.onChange(holdOpen);
  const routes = Router();
  for (const adapter of adapters) routes.use(adapter.routes);
  return {
    routes,
    orFire: desk.orFire,
    stop: async () => void (await Promise.all(adapters.map((adapter) => adapter.stop?.()))),
  };
}

const isFireInput = (device: AnyDevice): boolean =>
  device.kind === 'fire_input' || (device.kind === 'plate_camera' && device.fire_input !== undefined);

function openDevice(device: AnyDevice, house: House): DeviceAdapter {
  switch (device.kind) {
    case 'scanner':
      return openScanner(device, house);
    case 'fire_input':
      return openFireInput(device, house);
    case 'plate_camera':
      return openPlateCamera(device, house);
    case 'zkteco':
      return openZkteco(device, house);
    case 'hikvision':
      return openHikvision(device, house);
  }
}
