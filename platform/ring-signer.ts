import type { SigningRing } from './keys.ts';
import { createSigner, type Signer } from './signing.ts';

/** @returns what signs now, and its key's id: the ring's current key at that moment, which changes while a process runs */
export function ringSigner(ring: SigningRing): () => { keyId: number; sign: Signer } {
  let made: { pair: unknown; keyId: number; sign: Signer } | undefined;
  return () => {
    const { currentPair: pair, current: keyId } = ring;
    if (made?.pair !== pair) made = { pair, keyId, sign: createSigner(pair.private) };
    return made;
  };
}
