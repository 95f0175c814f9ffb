import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyRing } from './key-ring.ts';
import { secretKey } from './secret-key.ts';

/**
 * Encrypted columns. A sealed column is
 * `[alg 1][kid length 1][kid][iv 12][tag 16][ciphertext]`; alg 1 is AES-256-GCM, so that SM4 can follow as 2.
 */

const AES_256_GCM = 1;
const ivLength = 12;
const tagLength = 16;

/** Where an encrypted value lives. Moved to another row, column or table it no longer opens. */
export interface ColumnAddress {
  table: string;
  column: string;
  /** Id of the row. */
  row: string;
}

export interface FieldCipher {
  seal(column: ColumnAddress, text: string): Buffer;
  /** @throws Error when the value was changed, belongs to another row or its key is unknown. */
  open(column: ColumnAddress, data: Buffer): string;
  /** The same format around bytes that are no text: a photograph. */
  sealBytes(column: ColumnAddress, bytes: Buffer): Buffer;
  /** @throws Error as `open` does. */
  openBytes(column: ColumnAddress, data: Buffer): Buffer;
}

function keyOf(ring: KeyRing, kid: string): Buffer {
  const key = Object.hasOwn(ring.keys, kid) ? ring.keys[kid] : undefined;
  if (!key) throw new Error(`Unknown encryption key ${JSON.stringify(kid.slice(0, 16))}`);
  return key;
}

/** The header is authenticated too, so a key id or algorithm cannot be swapped. */
const associated = (header: Buffer, { table, column, row }: ColumnAddress): Buffer =>
  Buffer.concat([header, Buffer.from(`${table}\0${column}\0${row}`)]);

/** What a value that is sealed under this key begins with. */
export function sealedHeader(keyId: string): Buffer {
  const kid = Buffer.from(keyId);
  return Buffer.concat([Buffer.from([AES_256_GCM, kid.length]), kid]);
}

export function createFieldCipher(ring: KeyRing): FieldCipher {
  keyOf(ring, ring.current);
  function sealBytes(column: ColumnAddress, bytes: Buffer): Buffer {
    const currentKey = keyOf(ring, ring.current);
    const currentHeader = sealedHeader(ring.current);
    const iv = randomBytes(ivLength);
    const cipher = createCipheriv('aes-256-gcm', secretKey(currentKey), iv).setAAD(associated(currentHeader, column));
    const sealed = Buffer.concat([cipher.update(bytes), cipher.final()]);
    return Buffer.concat([currentHeader, iv, cipher.getAuthTag(), sealed]);
  }

  function openBytes(column: ColumnAddress, data: Buffer): Buffer {
    const headerLength = 2 + (data[1] ?? 0);
    if (data[0] !== AES_256_GCM || data.length < headerLength + ivLength + tagLength) {
      throw new Error('Not an encrypted column');
    }
    const header = data.subarray(0, headerLength);
    const iv = data.subarray(headerLength, headerLength + ivLength);
    const tag = data.subarray(headerLength + ivLength, headerLength + ivLength + tagLength);
    const decipher = createDecipheriv('aes-256-gcm', secretKey(keyOf(ring, header.subarray(2).toString())), iv, {
      authTagLength: tagLength,
    });
    decipher.setAAD(associated(header, column)).setAuthTag(tag);
    const sealed = data.subarray(headerLength + ivLength + tagLength);
    return Buffer.concat([decipher.update(sealed), decipher.final()]);
  }

  return {
    sealBytes,
    openBytes,
    seal: (column, text) => sealBytes(column, Buffer.from(text)),
    open: (column, data) => openBytes(column, data).toString('utf8'),
  };
}

export { type BlindHash, type BlindIndex, createBlindIndex } from './blind-index.ts';
export { openSealed, sealTo } from './sealing.ts';
