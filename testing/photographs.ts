import { randomBytes } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';

/** Photographs of nobody, and files that pretend to be some. */

/** Taken lying on its side, with a place and a serial number in it. */
export async function photoWithLocation(): Promise<Buffer> {
  return sharp({ create: { width: 640, height: 480, channels: 3, background: '#8a6d4f' } })
    .jpeg()
    .withExif({
      IFD0: { Make: 'SECRET-CAMERA', Orientation: '6' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '38/1 2/1 3/1', GPSLongitudeRef: 'E', GPSLongitude: '114/1 30/1 0/1' },
    })
    .withMetadata({ orientation: 6 })
    .toBuffer();
}

/** Somebody as a document shows them: nobody in particular. */
export async function portrait(): Promise<Buffer> {
  const drawn = `<svg xmlns="http://www.w3.org/2000/svg" width="500" height="700"><rect width="500" height="700" fill="#dfe7f1"/>
    <path d="M60 700c0-150 90-220 190-220s190 70 190 220z" fill="#37577f"/><circle cx="250" cy="300" r="120" fill="#e3b793"/>
    <path d="M120 300c0-190 260-190 260 0-30-70-90-90-130-90s-100 20-130 90z" fill="#2c2320"/></svg>`;
  return sharp(Buffer.from(drawn)).jpeg().toBuffer();
}

/** A JPEG that compresses badly. */
export async function noise(width: number, height: number): Promise<Buffer> {
  return sharp(randomBytes(width * height * 3), { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}

/** A PNG of one colour: few bytes, as many pixels as wished, none of them made here. */
export function bigPng(width: number, height: number): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 0, 0, 0, 0], 8);
  const line = Buffer.alloc(width + 1);
  const some = deflateSync(Buffer.concat(Array.from({ length: 200 }, () => line)));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('IDAT', some),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(name: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)]);
}

/** What is refused, and by which sentence. */
export async function brokenPhotos(): Promise<{ name: string; bytes: Buffer; problem: string }[]> {
  const script = '<script>alert(1)</script>';
  const gif = Buffer.concat([
    Buffer.from('GIF89a\x01\x00\x01\x00\x80\x00\x00', 'latin1'),
    Buffer.from(`/*${script}*/`),
  ]);
  const whole = await noise(600, 600);
  const heic = Buffer.concat([
    Buffer.from('\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic', 'latin1'),
    randomBytes(500),
  ]);
  return [
    { name: 'nothing', bytes: Buffer.alloc(0), problem: 'field.photo_empty' },
    { name: 'a text called .jpg', bytes: Buffer.from('just words'), problem: 'field.photo_format' },
    {
      name: 'an SVG',
      bytes: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`),
      problem: 'field.photo_format',
    },
    { name: 'a GIF with a script behind', bytes: gif, problem: 'field.photo_format' },
    { name: 'a HEIC', bytes: heic, problem: 'field.photo_heic' },
    { name: 'half a JPEG', bytes: whole.subarray(0, whole.length / 2), problem: 'field.photo_broken' },
    {
      name: 'the first bytes of a JPEG',
      bytes: Buffer.concat([whole.subarray(0, 4), Buffer.from(script)]),
      problem: 'field.photo_broken',
    },
    { name: 'a stamp', bytes: await noise(60, 60), problem: 'field.photo_small' },
    {
      name: 'more than 8 MB',
      bytes: Buffer.concat([whole, Buffer.alloc(8 * 1024 * 1024)]),
      problem: 'field.photo_large',
    },
  ];
}
