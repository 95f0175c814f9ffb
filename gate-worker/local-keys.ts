import { createHmac, hkdfSync } from 'node:crypto';
import { createFieldCipher, type FieldCipher } from '../platform/crypto.ts';
import { createGateCodeHash } from '../platform/gate-codes.ts';
import type { GateCodecKey } from '../platform/keys.ts';
import type { ScanKey } from './scan.ts';

/** What the gate's one local key is used for; each use has a key of its own derived from it. */
export interface LocalKeys {
  cipher: FieldCipher;
  /** A gate code as the feed tells this gate of it; worthless at another gate. */
  hashCode(code: string): Buffer;
  /** As this gate kept codes while the feed told them in clear. */
  hashCodeBefore(code: string): Buffer;
  /** @param plate normalised */
  hashPlate(plate: string): Buffer;
  /** Tells whether a retry asks the same as before, without keeping the credential. */
  hashAsked(text: string): Buffer;
  /** A uuid that is the same for the same scan, and tells nothing of the device's nonce. */
  idOfScan(scan: ScanKey): string;
}

export function deriveLocalKeys({ local, codec }: { local: Buffer; codec: GateCodecKey }): LocalKeys {
  const derive = (use: string): Buffer => Buffer.from(hkdfSync('sha256', local, '', `xiaomen gate ${use}`, 32));
  const codes = derive('codes');
  const plates = derive('plates');
  const asked = derive('asked');
  const scans = derive('scans');
  return {
    cipher: createFieldCipher({ current: 'l1', keys: { l1: derive('columns') } }),
    hashCode: createGateCodeHash(codec.key),
    hashCodeBefore: (code) => createHmac('sha256', codes).update(code).digest(),
    hashPlate: (plate) => createHmac('sha256', plates).update(plate).digest(),
    hashAsked: (text) => createHmac('sha256', asked).update(text).digest(),
    idOfScan: ({ device, nonce }) => asUuid(createHmac('sha256', scans).update(`${device} ${nonce}`).digest()),
  };
}

/** Of version 8, whose bits are the maker's own (RFC 9562, 5.8). */
function asUuid(digest: Buffer): string {
  const bytes = Buffer.from(digest.subarray(0, 16));
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
