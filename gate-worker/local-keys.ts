import { createHmac, hkdfSync } from 'node:crypto';
import { createFieldCipher, type FieldCipher } from '../platform/crypto.ts';
import { createGateCodeHash } from '../platform/gate-codes.ts';
import type { GateCodecKey } from '../platform/keys.ts';

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
}

export function deriveLocalKeys({ local, codec }: { local: Buffer; codec: GateCodecKey }): LocalKeys {
  const derive = (use: string): Buffer => Buffer.from(hkdfSync('sha256', local, '', `xiaomen gate ${use}`, 32));
  const codes = derive('codes');
  const plates = derive('plates');
  const asked = derive('asked');
  return {
    cipher: createFieldCipher({ current: 'l1', keys: { l1: derive('columns') } }),
    hashCode: createGateCodeHash(codec.key),
    hashCodeBefore: (code) => createHmac('sha256', codes).update(code).digest(),
    hashPlate: (plate) => createHmac('sha256', plates).update(plate).digest(),
    hashAsked: (text) => createHmac('sha256', asked).update(text).digest(),
  };
}
