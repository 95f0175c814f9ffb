import type { Router } from 'express';
import type { Log } from '../../platform/log.ts';
import type { DeviceDesk } from './desk.ts';
import type { DeviceSettings } from './device-settings.ts';
import type { DeviceFacts } from './facts.ts';

/** What stands at a gate: one adapter a kind, each after its vendor's protocol, all before the same desk. */

export interface DeviceAdapter {
  /** What the device asks of the gate. */
  routes: Router;
  /** The fire alarm began, or is over. Only for an arm that the device itself can keep open. */
  holdOpen?(open: boolean): void;
  stop?(): Promise<void>;
}

export interface House {
  desk: DeviceDesk;
  facts: DeviceFacts;
  log: Log;
}

export type OpenDevice<S extends DeviceSettings> = (settings: S, house: House) => DeviceAdapter;
