import { createPrivateKey, type KeyObject } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { nameOfPair } from '../platform/gate-pair.ts';
import { type GateKeys, type GatePair, readGateKeys } from '../platform/keys.ts';
import type { Log } from '../platform/log.ts';
import { createSigner, type Signer } from '../platform/signing.ts';
import { waitingOf } from '../platform/waiting.ts';

/**
 * The gate's own two keys, and the next ones beside them while they take over: taken from gate.json within a second,
 * without a restart. The server believes one pair at a time; whichever it is, requests are answered and rows open.
 */
export interface OwnKeys {
  /** To sign requests with; the one that was answered last comes first. */
  signers(): Signer[];
  answered(signer: Signer): void;
  /** To open rows with, any of them. */
  sealingKeys(): KeyObject[];
  /** Names of the pairs it holds. */
  held(): string[];
  stop(): void;
}

interface Held {
  name: string;
  sign: Signer;
  sealing: KeyObject;
}

const every = 1_000;
const half = 'the key file is not taken over for now';

export function followOwnKeys(keys: GateKeys, { folder, log }: { folder: string; log: Log }): OwnKeys {
  const waiting = waitingOf(log);
  const stamp = () => statSync(join(folder, 'gate.json')).mtimeMs;
  let seen = stamp();
  let pairs = pairsOf(keys, []);
  const look = (): void => {
    try {
      const now = stamp();
      if (now === seen) return;
      const fresh = readGateKeys(folder);
      if (fresh.id !== keys.id) throw new Error('gate.json is of another gate');
      pairs = pairsOf(fresh, pairs);
      seen = now;
      waiting.worked(half);
    } catch (err) {
      // Half a change, or a folder that is away: what is worked with stands until the whole is there.
      waiting.failed(half, err, { part: null });
    }
  };
  const timer = setInterval(look, every);
  return {
    signers: () => pairs.map(({ sign }) => sign),
    answered(signer) {
      const first = pairs.filter(({ sign }) => sign === signer);
      pairs = [...first, ...pairs.filter(({ sign }) => sign !== signer)];
    },
    sealingKeys: () => pairs.map(({ sealing }) => sealing),
    held: () => pairs.map(({ name }) => name).toSorted(),
    stop: () => clearInterval(timer),
  };
}

/** What was held before stays as it is, in its place. */
function pairsOf(keys: GateKeys, before: Held[]): Held[] {
  const now = [keys, ...(keys.next ? [keys.next] : [])].map(heldOf);
  const kept = before.filter(({ name }) => now.some((one) => one.name === name));
  return [...kept, ...now.filter(({ name }) => kept.every((one) => one.name !== name))];
}

const heldOf = ({ identity, sealing }: GatePair): Held => ({
  name: nameOfPair({ identityKey: identity.public, sealingKey: sealing.public }),
  sign: createSigner(identity.private),
  sealing: createPrivateKey(sealing.private),
});
