import { seedDemo } from '../bin/seed.ts';
import { createBlindIndex, createFieldCipher } from '../platform/crypto.ts';
import { testKeys } from './keys.ts';
import { freshDatabase, type TestDatabase } from './postgres.ts';
import type { House } from './reservations.ts';

/** A database of the caller's own with the demo's content, and keys that open it: for what is tried on rows alone. */
export async function seededHouse(): Promise<{
  database: TestDatabase;
  keys: Awaited<ReturnType<typeof testKeys>>;
  house: House;
}> {
  const [database, keys] = await Promise.all([freshDatabase(), testKeys(['south', 'east'])]);
  await seedDemo(database.owner, keys.folders);
  const { field, index } = keys.web;
  return {
    database,
    keys,
    house: { db: database.db, cipher: createFieldCipher(field), index: createBlindIndex(index) },
  };
}
