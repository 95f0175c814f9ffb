import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { exifTags } from '../testing/exif.ts';
import { bigPng, brokenPhotos, noise, photoWithLocation } from '../testing/photographs.ts';
import { drawAnew } from './photograph.ts';

test('a photograph comes out upright, without its place, as a small JPEG of our own', async () => {
  const given = await photoWithLocation();
  expect((await sharp(given).metadata()).exif?.includes('SECRET')).toBe(true);
  const drawn = await drawAnew(given);
  if (!drawn.ok) throw new Error(drawn.problem);
  const seen = await sharp(drawn.jpeg).metadata();
  // Taken lying on its side: 640 × 480 with orientation 6 is a portrait.
  expect(seen).toMatchObject({ format: 'jpeg', width: 480, height: 640 });
  expect([seen.exif, seen.xmp, seen.iptc, seen.orientation]).toEqual([undefined, undefined, undefined, undefined]);
  expect(drawn.jpeg.includes('SECRET')).toBe(false);
  expect(drawn).toMatchObject({ width: 480, height: 640 });
});

test('no tag that says where, when or with what it was taken comes along', async () => {
  const given = await photoWithLocation();
  expect(exifTags(given)).toEqual(
    expect.arrayContaining(['Make', 'Orientation', 'GPSLatitudeRef', 'GPSLatitude', 'GPSLongitudeRef', 'GPSLongitude']),
  );
  const drawn = await drawAnew(given);
  if (!drawn.ok) throw new Error(drawn.problem);
  expect(exifTags(drawn.jpeg)).toEqual([]);
  // Nor any other segment: of an editor, a colour profile, a comment.
  expect(drawn.jpeg.toString('latin1')).not.toMatch(/Exif|http:\/\/ns\.adobe|Photoshop|ICC_PROFILE|GPS/);
});

test('a large photograph becomes small, even one that cannot be compressed', async () => {
  const noisy = await noise(2400, 1800);
  expect(noisy.length).toBeGreaterThan(1_000_000);
  const drawn = await drawAnew(noisy);
  if (!drawn.ok) throw new Error(drawn.problem);
  expect(drawn.jpeg.length).toBeLessThanOrEqual(300_000);
  expect(Math.max(drawn.width, drawn.height)).toBeLessThanOrEqual(1600);
});

test.each(['png', 'webp'] as const)('a %s is taken, and what was transparent is white', async (format) => {
  const image = sharp({ create: { width: 200, height: 160, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } });
  const drawn = await drawAnew(await image.toFormat(format).toBuffer());
  if (!drawn.ok) throw new Error(drawn.problem);
  const { channels } = await sharp(drawn.jpeg).stats();
  expect(channels.map(({ mean }) => Math.round(mean))).toEqual([255, 255, 255]);
});

test('a script behind a photograph does not come along', async () => {
  const tail = Buffer.from('<script>alert(1)</script><?php system(1); ?>');
  const drawn = await drawAnew(Buffer.concat([await noise(300, 300), tail]));
  if (!drawn.ok) throw new Error(drawn.problem);
  expect(drawn.jpeg.includes('<script>')).toBe(false);
});

describe('refused, with a sentence each', async () => {
  test.each(await brokenPhotos())('$name: $problem', async ({ bytes, problem }) => {
    expect(await drawAnew(bytes)).toEqual({ ok: false, problem });
  });
});

test('a bomb is refused before it is decoded', async () => {
  const before = process.memoryUsage().rss;
  expect(await drawAnew(bigPng(20_000, 20_000))).toEqual({ ok: false, problem: 'field.photo_pixels' });
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
});
