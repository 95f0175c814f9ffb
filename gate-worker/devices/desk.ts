import type { Direction } from '../../domain/reservation.ts';
import type { Log } from '../../platform/log.ts';
import { answerScan, type Judge, refusal } from '../answer-scan.ts';
import type { Credential } from '../read-credential.ts';
import type { Answered, ScanKey } from '../scan.ts';
import type { DeviceSettings } from './device-settings.ts';
import type { FireAlarm } from './fire-alarm.ts';
import type { Anyway, OpenedAnyway } from './opened-anyway.ts';

/** Where every device of a gate asks, whatever it speaks. */
export type DeviceDesk = ReturnType<typeof createDeviceDesk>;

export interface Reading {
  /** Undefined: the device saw that somebody is there, and could read nothing. */
  credential: Credential | undefined;
  /** As the device says; needed where its arm turns both ways. */
  direction?: Direction | undefined;
  /** The same for every time that it asks the same. */
  nonce: string;
}

export function createDeviceDesk(parts: { judge: Judge; fire: FireAlarm; opened: OpenedAnyway; log: Log }) {
  const { judge, fire, opened, log } = parts;

  /** A fault of ours refuses: the way out opens all the same. */
  function judged({ name }: DeviceSettings, { credential, nonce }: Reading, direction: Direction): Answered {
    if (!credential) return refusal('unreadable');
    try {
      return answerScan({ device: name, nonce, direction, askedBy: `device:${name}`, credential }, judge);
    } catch (error) {
      log.error({ err: error, device: name }, 'a scan could not be judged');
      return refusal('error');
    }
  }

  function openAnyway(
    { device, nonce }: ScanKey,
    answered: Answered,
    because: Anyway | undefined,
    at: number,
  ): Answered {
    if (answered.open || because === undefined) return answered;
    opened.keep({ device, nonce }, { at, because, reason: answered.reason });
    return { ...answered, open: true, notes: [...answered.notes, { kind: because }] };
  }

  return {
    fire,
    place: judge.position.place,
    /** Wrong codes are counted for each device: one that is tried does not shut another one out. */
    answer(device: DeviceSettings, reading: Reading, now = Date.now()): Answered {
      const way = device.direction === 'both' ? reading.direction : device.direction;
      const agrees = way !== undefined && (reading.direction ?? way) === way;
      const answered = agrees ? judged(device, reading, way) : refusal('error');
      return openAnyway({ device: device.name, nonce: reading.nonce }, answered, anyway(way, fire), now);
    },
    /** While it burns every arm opens: that of a scanner too which asks by the token of the whole gate. */
    orFire: (scan: ScanKey, answered: Answered, now = Date.now()): Answered =>
      openAnyway(scan, answered, fire.isOn() ? 'fire_alarm' : undefined, now),
  };
}

const anyway = (way: Direction | undefined, fire: FireAlarm): Anyway | undefined =>
  fire.isOn() ? 'fire_alarm' : way === 'out' ? 'exit' : undefined;
