import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readKeyFile } from '../../platform/config.ts';
import { fireInputShape } from './fire-input.ts';
import { hikvisionShape } from './hikvision.ts';
import { plateCameraShape } from './plate-camera.ts';
import { scannerShape } from './scanner.ts';
import { zktecoShape } from './zkteco.ts';

const deviceShape = z.discriminatedUnion('kind', [
  scannerShape,
  fireInputShape,
  plateCameraShape,
  zktecoShape,
  hikvisionShape,
]);
export type AnyDevice = z.output<typeof deviceShape>;

const fileShape = z
  .strictObject({ devices: z.array(deviceShape).max(64) })
  .refine(({ devices }) => isDistinct(devices.map(({ name }) => name)), 'two devices have one name')
  .refine(({ devices }) => isDistinct(devices.flatMap(secretsOf)), 'two devices have one secret');

/**
 * `devices.json` of the key folder, since it holds a secret a device; none where there is no such file.
 * @throws Error naming the place, never the content
 */
export function readDevices(folder: string): AnyDevice[] {
  if (!existsSync(join(folder, 'devices.json'))) return [];
  const read = fileShape.safeParse(readKeyFile(folder, 'devices.json'));
  if (read.success) return read.data.devices;
  const places = read.error.issues.map(({ path, message }) => `${path.join('.') || 'devices'}: ${message}`);
  throw new Error(`Key file devices.json in KEYS_DIR is not valid: ${places.join(', ')}`);
}

const secretsOf = (device: AnyDevice): string[] =>
  Object.entries(device).flatMap(([name, value]) =>
    ['token', 'secret', 'password'].includes(name) && typeof value === 'string' ? [value] : [],
  );

const isDistinct = (texts: string[]): boolean => new Set(texts).size === texts.length;
