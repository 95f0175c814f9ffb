import { join } from 'node:path';
import type { Knex } from 'knex';
import { createBlindIndex, createFieldCipher } from '../../platform/crypto.ts';
import { readWebKeys } from '../../platform/keys.ts';
import { type Rehashed, rehashAll } from '../../store/keys/rehashing.ts';

/** What older keys of look-ups hashed is hashed anew, with a line for each column and, while it takes long, for each second. */
export async function rehash(folder: string, owner: Knex, say: (line: string) => void): Promise<void> {
  const { field, index } = readWebKeys(join(folder, 'web'));
  let saidAt = 0;
  const means = { cipher: createFieldCipher(field), index: createBlindIndex(index) };
  const progress = ({ table, column, seen, of, done }: Rehashed) => {
    if (seen < of && Date.now() - saidAt < 1_000) return;
    saidAt = Date.now();
    say(`${table}.${column}: ${seen} of ${of} looked at, ${done} hashed anew`);
  };
  const left = await rehashAll(owner, means, { progress });
  if (left > 0) throw new Error(`${left} values could not be hashed anew: no field key opens what they are made of`);
  say(
    `Every column that is made of a sealed one is hashed with ${index.current}. Older keys stay for what expires by itself.`,
  );
}
