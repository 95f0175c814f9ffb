import { createHash } from 'node:crypto';
import QRCode from 'qrcode';
import { renewPass, toQrText } from '../../domain/pass-token.ts';
import { stepAt } from '../../domain/renewal.ts';
import type { SigningRing } from '../../platform/keys.ts';
import { ringSigner } from '../../platform/ring-signer.ts';

export interface Qr {
  /** What a scanner reads. */
  text: string;
  svg: string;
}

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/** Draws a pass for the time step of `now`. The renewal key signs the step; it cannot make a pass. */
export function createQr(ring: SigningRing): (token: Uint8Array, now: Date) => Promise<Qr> {
  const signer = ringSigner(ring);
  return (token, now) => drawQr(renewPass(token, { ...signer(), step: stepAt(now), sha256 }));
}

export async function drawQr(token: Uint8Array): Promise<Qr> {
  const text = toQrText(token);
  // Low correction keeps the modules large: a screen is not scratched, and a cheap scanner has to read it.
  const svg = await QRCode.toString(text, { type: 'svg', margin: 2, errorCorrectionLevel: 'L' });
  return { text, svg };
}

/** For paper, which is folded and rained on: twice the correction. */
export async function drawPaperQr(token: Uint8Array): Promise<Qr> {
  const text = toQrText(token);
  return { text, svg: await QRCode.toString(text, { type: 'svg', margin: 2, errorCorrectionLevel: 'M' }) };
}

/** A picture to keep on a phone: PNG, black on white, quiet zone included. */
export const paperPng = (token: Uint8Array): Promise<Buffer> =>
  QRCode.toBuffer(toQrText(token), { type: 'png', margin: 4, scale: 12, errorCorrectionLevel: 'M' });
