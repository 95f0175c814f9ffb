/** The tags that a JPEG carries, by name (CIPA DC-008, Exif 3.0): read from the bytes, so that it can be said what is gone. */

const image: Record<number, string> = { 271: 'Make', 272: 'Model', 274: 'Orientation', 306: 'DateTime' };
const place: Record<number, string> = {
  1: 'GPSLatitudeRef',
  2: 'GPSLatitude',
  3: 'GPSLongitudeRef',
  4: 'GPSLongitude',
  5: 'GPSAltitudeRef',

  6: 'GPSAltitude',
  7: 'GPSTimeStamp',
  29: 'GPSDateStamp',
};
const placePointer = 0x8825;

/** @returns names, or numbers in hexadecimal where none is known here; none when there is no Exif segment */
export function exifTags(jpeg: Buffer): string[] {
  return segments(jpeg).flatMap((segment) =>
    segment.subarray(0, 6).toString('latin1') === 'Exif\0\0' ? tagsOf(segment.subarray(6)) : [],
  );
}

/** What stands in the application segments (APPn) before the picture begins. */
function segments(jpeg: Buffer): Buffer[] {
  const found: Buffer[] = [];
  let at = 2;
  while (jpeg[at] === 0xff && jpeg[at + 1] !== 0xda) {
    const length = jpeg.readUInt16BE(at + 2);
    const marker = jpeg[at + 1] ?? 0;
    if (marker >= 0xe0 && marker <= 0xef) found.push(jpeg.subarray(at + 4, at + 2 + length));
    at += 2 + length;
  }
  return found;
}

function tagsOf(tiff: Buffer): string[] {
  const little = tiff.subarray(0, 2).toString('latin1') === 'II';
  const short = (at: number) => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const long = (at: number) => (little ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  const directory = (at: number, names: Record<number, string>): string[] =>
    Array.from({ length: short(at) }, (_, n) => at + 2 + n * 12).flatMap((entry) => {
      const tag = short(entry);
      if (tag === placePointer) return directory(long(entry + 8), place);
      return [names[tag] ?? `0x${tag.toString(16)}`];
    });
  return directory(long(4), image);
}
