/**
 * Public keys that a gate believes. It begins with those of its key folder and learns of the next ones from the feed. A
 * new key counts only where a key of the same use, which the gate believes already, has signed it: whoever writes pages or
 * rows can make no key of passes.
 */

export const gateKeyUses = ['pass', 'renewal', 'feed'] as const;
export type GateKeyUse = (typeof gateKeyUses)[number];

export interface GateKeyName {
  use: GateKeyUse;
  /** uint16 */
  kid: number;
}

export interface ToldKey extends GateKeyName {
  /** Raw Ed25519 key, base64. */
  public: string;
  /** The key before it, and that key's signature of `vouchText`, base64. The first key of a use has none. */
  vouchedBy?: { kid: number; signature: string } | undefined;
  /** Lost: nothing that it signed is believed any more. */
  revoked: boolean;
}

/** As a gate says which keys it believes. */
export const nameOfGateKey = ({ use, kid }: GateKeyName): string => `${use}/${kid}`;

/** What a key signs of the one after it: 78 bytes always, where what it signs of a pass is 48 or 81 and never begins so. */
export const vouchText = (key: GateKeyName & { public: string }): string =>
  `xm-next-gate-key\n${nameOfGateKey(key).padEnd(16)}\n${key.public}`;

/** What a gate signs of the keys that it believes. */
export const heldKeysText = (held: { gate: string; time: number; keys: readonly string[] }): string =>
  `xm-gate-keys\n${held.gate}\n${held.time}\n${held.keys.join()}`;
