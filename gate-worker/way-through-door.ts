import { readFileSync } from 'node:fs';
import { doorNamespace, doorPassFor, doorText, writeDoorPass } from '../domain/door.ts';
import type { GateSettings } from '../platform/config.ts';
import type { Signer } from '../platform/signing.ts';
import type { EngineWay } from '../platform/temporal.ts';
import type { OwnKeys } from './own-keys.ts';

/**
 * The gate's one way to the engine. It shows the door who it is by the key that signs its requests for the feed, so that whatever ends
 * the one ends the other.
 */
export function wayThroughDoor(
  gate: string,
  { DOOR_URL, DOOR_CA }: Pick<GateSettings, 'DOOR_URL' | 'DOOR_CA'>,
  own: Pick<OwnKeys, 'signers'>,
): EngineWay {
  const { protocol, hostname, port } = new URL(DOOR_URL);
  const isTls = protocol === 'https:';
  return {
    address: `${hostname}:${port || (isTls ? 443 : 80)}`,
    namespace: doorNamespace,
    tls: isTls && (DOOR_CA ? { serverRootCACertificate: readFileSync(DOOR_CA) } : true),
    apiKey: doorPasses(gate, own),
  };
}

/** Made anew from time to time, and where the gate's other key takes over. */
function doorPasses(gate: string, own: Pick<OwnKeys, 'signers'>): () => string {
  let made: { by: Signer; time: number; text: string } | undefined;
  return () => {
    const [by] = own.signers();
    if (!by) throw new Error('A gate has a key of its own');
    const time = Date.now();
    if (made?.by !== by || Math.abs(time - made.time) >= doorPassFor) {
      const signature = by(Buffer.from(doorText({ gate, time }))).toString('base64url');
      made = { by, time, text: writeDoorPass({ gate, time, signature }) };
    }
    return made.text;
  };
}
