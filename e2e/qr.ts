import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Locator } from 'playwright-core';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { until } from '../testing/until.ts';

const wasm = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(wasm).buffer } });

/** Reads a QR code off a picture, as a device's camera would: nothing but pixels. */
export async function readQr(png: Uint8Array): Promise<string> {
  const [found] = await readBarcodes(png, { formats: ['QRCode'], tryHarder: true });
  if (!found?.isValid) throw new Error('No QR code can be read off this picture');
  return found.text;
}

/** What a camera held before this part of the screen would read; a code that is just being redrawn is looked at again. */
export async function readQrFrom(shown: Locator): Promise<string> {
  return until(async () => readQr(await shown.screenshot({ timeout: 5_000 })), 'a code that can be read');
}
