import sharp from 'sharp';

/**
 * Photographs from strangers' phones, drawn anew: what leaves here is a JPEG of our own making, upright, without
 * metadata (a place, a serial number), without anything else that the file carried, and small.
 */

/** Bytes accepted from a phone. */
export const mostBytes = 8 * 1024 * 1024;
/** Pixels decoded at most; the largest common phone camera takes 50 million. */
const mostPixels = 52_000_000;
/** Bytes of the result. */
const smallEnough = 300_000;
/** Pixels of the shorter side below which nobody is recognised. */
const leastSide = 120;

export type PhotographProblem =
  | 'field.photo_empty'
  | 'field.photo_large'
  | 'field.photo_format'
  | 'field.photo_heic'
  | 'field.photo_pixels'
  | 'field.photo_broken'
  | 'field.photo_small';

export type Photograph =
  | { ok: true; jpeg: Buffer; width: number; height: number }
  | { ok: false; problem: PhotographProblem };

/** Longer side and quality, until the result is small enough. */
const tries = [
  { side: 1600, quality: 82 },
  { side: 1600, quality: 68 },
  { side: 1280, quality: 60 },
  { side: 1024, quality: 55 },
  { side: 800, quality: 45 },
];

sharp.cache(false);
sharp.concurrency(1);

/** @param bytes as received: their own words decide, not the file's name or the browser's */
export async function drawAnew(bytes: Buffer): Promise<Photograph> {
  const problem = problemOfBytes(bytes);
  if (problem) return { ok: false, problem };
  return oneAtATime(() => draw(bytes));
}

/** Looked at before anything is decoded. */
function problemOfBytes(bytes: Buffer): PhotographProblem | undefined {
  if (bytes.length === 0) return 'field.photo_empty';
  if (bytes.length > mostBytes) return 'field.photo_large';
  if (isHeic(bytes)) return 'field.photo_heic';
  return isJpeg(bytes) || isPng(bytes) || isWebp(bytes) ? undefined : 'field.photo_format';
}

async function draw(bytes: Buffer): Promise<Photograph> {
  const input = { limitInputPixels: mostPixels, sequentialRead: true, failOn: 'error', pages: 1 } as const;
  try {
    const { width, height } = await sharp(bytes, input).metadata();
    if (width * height > mostPixels) return { ok: false, problem: 'field.photo_pixels' };
    if (Math.min(width, height) < leastSide) return { ok: false, problem: 'field.photo_small' };
    const [first] = tries;
    const { data, info } = await sharp(bytes, input)
      .autoOrient()
      .resize({ width: first?.side, height: first?.side, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .timeout({ seconds: 10 })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const raw = { width: info.width, height: info.height, channels: info.channels };
    for (const { side, quality } of tries) {
      const drawn = await sharp(data, { raw })
        .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
        .jpeg({ quality, progressive: false })
        .toBuffer({ resolveWithObject: true });
      if (drawn.data.length > smallEnough) continue;
      return { ok: true, jpeg: drawn.data, width: drawn.info.width, height: drawn.info.height };
    }
    return { ok: false, problem: 'field.photo_large' };
  } catch (error) {
    const words = error instanceof Error ? error.message : '';
    return { ok: false, problem: /pixel limit/i.test(words) ? 'field.photo_pixels' : 'field.photo_broken' };
  }
}

/** A decoded photograph takes up to two hundred megabytes for a moment: one at a time in a process. */
let before: Promise<unknown> = Promise.resolve();
function oneAtATime<T>(work: () => Promise<T>): Promise<T> {
  const mine = before.then(work);
  before = mine.catch(() => undefined);
  return mine;
}

const startsWith = (bytes: Buffer, at: number, text: string): boolean =>
  bytes.subarray(at, at + text.length).toString('latin1') === text;
const isJpeg = (bytes: Buffer): boolean => startsWith(bytes, 0, '\xff\xd8\xff');
const isPng = (bytes: Buffer): boolean => startsWith(bytes, 0, '\x89PNG\r\n\x1a\n');
const isWebp = (bytes: Buffer): boolean => startsWith(bytes, 0, 'RIFF') && startsWith(bytes, 8, 'WEBP');
/** ISO/IEC 23008-12: the file type box names the brand; AVIF is its sibling. */
const isHeic = (bytes: Buffer): boolean =>
  startsWith(bytes, 4, 'ftyp') && /^(?:hei|hev|mif|msf|avi)/.test(bytes.subarray(8, 12).toString('latin1'));
