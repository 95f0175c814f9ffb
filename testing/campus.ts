import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';

/** A campus with gates whose keys the caller made; the rows only, nothing is seeded. */
export async function aCampus(
  owner: Knex,
  gates: Record<string, { identityKey: Buffer; sealingKey: Buffer }>,
  options: { number?: number; exitsRecorded?: boolean } = {},
): Promise<{ id: string; number: number }> {
  const id = randomUUID();
  const number = options.number ?? 1;
  await owner('campus').insert({
    id,
    number,
    name_zh: `校区${number}`,
    name_en: `Campus ${number}`,
    exits_recorded: options.exitsRecorded ?? false,
  });
  for (const [index, [gate, keys]] of Object.entries(gates).entries()) {
    await owner('gate').insert({
      id: gate,
      campus_id: id,
      number: index,
      name_zh: `${gate}门`,
      name_en: `Gate ${gate}`,
      identity_key: keys.identityKey,
      sealing_key: keys.sealingKey,
    });
  }
  return { id, number };
}
