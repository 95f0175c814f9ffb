import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PublicPair } from '../../platform/gate-pair.ts';
import { generateGatePair } from '../../platform/key-making.ts';
import { type GateFile, writeKeyFiles } from './key-file.ts';

/** A gate's own key file in the folder of an installation's keys. Its box reads a copy. */
export function gateFile(folder: string, gate: string) {
  const path = join(folder, `gate-${gate}`, 'gate.json');
  if (!existsSync(path)) throw new Error(`${path} is missing: give the folder of all keys`);
  const read = () => JSON.parse(readFileSync(path, 'utf8')) as GateFile;
  return {
    path,
    current: () => publicOf(read()),
    hasNext: () => read().next !== undefined,
    /** The box can work with either pair from then on. */
    addNext(): PublicPair {
      const file = read();
      const next = file.next ?? generateGatePair();
      writeKeyFiles([path], { ...file, next });
      return publicOf(next);
    },
    /** The former pair is gone. */
    useNext(): void {
      const { next, ...file } = read();
      if (next) writeKeyFiles([path], { ...file, ...next });
    },
  };
}

const publicOf = ({ identity, sealing }: Pick<GateFile, 'identity' | 'sealing'>): PublicPair => ({
  identityKey: Buffer.from(identity.public, 'base64'),
  sealingKey: Buffer.from(sealing.public, 'base64'),
});
