import { join } from 'node:path';
import type { Knex } from 'knex';
import { readWorkerKeys } from '../../platform/keys.ts';
import { type Resealed, resealAll } from '../../store/keys/resealing.ts';

/** What older field keys sealed is sealed anew, with a line for each column and, while it takes long, for each second. */
export async function reseal(folder: string, owner: Knex, say: (line: string) => void): Promise<void> {
  const { field } = readWorkerKeys(join(folder, 'worker'));
  let saidAt = 0;
  const progress = ({ table, column, done, of }: Resealed) => {
    if (done < of && Date.now() - saidAt < 1_000) return;
    saidAt = Date.now();
    say(`${table}.${column}: ${done} of ${of}`);
  };
  const left = await resealAll(owner, field, { progress });
  if (left > 0) throw new Error(`${left} values could not be sealed anew: no key of the ring opens them`);
  say(`Every column is sealed with ${field.current}. Older keys stay: sessions and the audit hold values under them.`);
}
