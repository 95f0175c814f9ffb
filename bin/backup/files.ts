import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A file of a backup; `file` is its path below the backup's folder, `bytes` its size. */
export interface FileOfBackup {
  file: string;
  bytes: number;
  sha256: string;
}

/** Writes what comes through, on the disk for good when it resolves. Its owner alone may read it. */
export async function hashedFile(
  folder: string,
  file: string,
  source: Readable,
  ...through: NodeJS.ReadWriteStream[]
): Promise<FileOfBackup> {
  mkdirSync(dirname(join(folder, file)), { recursive: true, mode: 0o700 });
  const hash = createHash('sha256');
  let bytes = 0;
  const counting = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      hash.update(chunk);
      bytes += chunk.length;
      next(null, chunk);
    },
  });
  await pipeline([source, ...through, counting, createWriteStream(join(folder, file), { mode: 0o600, flush: true })]);
  return { file, bytes, sha256: hash.digest('hex') };
}

/** Of a value as JSON writes it, so that it can stand beside it in one file. */
export const sha256OfJson = (value: unknown): string =>
  createHash('sha256')
    .update(String(JSON.stringify(value)))
    .digest('hex');

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
