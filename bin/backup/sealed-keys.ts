import { argon2, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { promisify } from 'node:util';

/**
 * The key folders in one file that a passphrase opens. The passphrase was chosen by a person, so it is stretched: argon2id with
 * 256 MiB, which no thief tries a billion times. AES-256-GCM over the whole, the head included.
 */

const derive = promisify(argon2);
const cost = { memory: 262_144, passes: 3, parallelism: 1 };
export const leastPassphrase = 16;

export interface SealedFile {
  path: string;
  mode: number;
  content: string;
}

interface Head {
  format: 'xiaomen keys 1';
  memory: number;
  passes: number;
  parallelism: number;
  salt: string;
  iv: string;
}

/** @returns a line of JSON that says how it was sealed, and the sealed bytes */
export async function sealKeys(folder: string, passphrase: string): Promise<Buffer> {
  const files = filesBelow(folder).map((path): SealedFile => {
    const full = join(folder, path);
    return { path, mode: statSync(full).mode & 0o777, content: readFileSync(full).toString('base64') };
  });
  if (files.length === 0) throw new Error(`There are no key files in ${folder}`);
  const [salt, iv] = [randomBytes(16), randomBytes(12)];
  const head: Head = { format: 'xiaomen keys 1', ...cost, salt: salt.toString('base64'), iv: iv.toString('base64') };
  const line = Buffer.from(`${JSON.stringify(head)}\n`);
  const cipher = createCipheriv('aes-256-gcm', await keyOf(passphrase, head), iv).setAAD(line);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(files)), cipher.final()]);
  return Buffer.concat([line, cipher.getAuthTag(), sealed]);
}

/** @throws Error when the passphrase is another, or the file was changed */
export async function openKeys(bytes: Buffer, passphrase: string): Promise<SealedFile[]> {
  const end = bytes.indexOf('\n') + 1;
  const head = JSON.parse(bytes.subarray(0, end).toString()) as Head;
  if (head.format !== 'xiaomen keys 1')
    throw new Error('The sealed keys are of a format that this release does not know');
  const iv = Buffer.from(head.iv, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', await keyOf(passphrase, head), iv, { authTagLength: 16 });
  decipher.setAAD(bytes.subarray(0, end)).setAuthTag(bytes.subarray(end, end + 16));
  try {
    return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(end + 16)), decipher.final()]).toString());
  } catch {
    throw new Error('The passphrase does not open the keys of this backup, or the file was changed');
  }
}

/** @throws Error when one would lie outside */
export function refuseOutside(folder: string, files: SealedFile[]): void {
  const outside = files.some(({ path }) => relative(folder, join(folder, path)).startsWith('..'));
  if (outside) throw new Error('The sealed keys name a file outside their folder');
}

/** Touches nothing. @throws Error where keys could not be written: better now than between full databases and no keys */
export function checkWritable(folder: string): void {
  let there = resolve(folder);
  while (!existsSync(there)) there = dirname(there);
  try {
    accessSync(there, constants.W_OK);
  } catch (cause) {
    throw new Error(`Key files cannot be written to ${folder}: nothing was touched`, { cause });
  }
}

/** Each is written beside its place and renamed. */
export function writeKeys(folder: string, files: SealedFile[]): void {
  refuseOutside(folder, files);
  for (const { path, mode, content } of files) {
    const full = join(folder, path);
    mkdirSync(dirname(full), { recursive: true, mode: 0o700 });
    writeFileSync(`${full}.new`, Buffer.from(content, 'base64'), { mode });
    renameSync(`${full}.new`, full);
  }
}

export const holdsKeys = (folder: string): boolean => existsSync(folder) && filesBelow(folder).length > 0;

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.new'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .toSorted();
}

async function keyOf(passphrase: string, { memory, passes, parallelism, salt }: Omit<Head, 'format' | 'iv'>) {
  const nonce = Buffer.from(salt, 'base64');
  const message = Buffer.from(passphrase.normalize('NFKC'));
  return derive('argon2id', { message, nonce, memory, passes, parallelism, tagLength: 32 });
}
