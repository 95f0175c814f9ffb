import type { Response } from 'express';

/** A photograph goes to one pair of eyes: no store keeps it, and it is never anything but a JPEG. */
export function sendPhoto(res: Response, jpeg: Buffer): void {
  res
    .set({
      'Cache-Control': 'no-store',
      'Content-Type': 'image/jpeg',
      'Content-Disposition': 'inline; filename="photo.jpg"',
      'X-Content-Type-Options': 'nosniff',
      'Cross-Origin-Resource-Policy': 'same-origin',
    })
    .send(jpeg);
}
