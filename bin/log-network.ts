import { z } from 'zod';
import { readSettings } from '../platform/config.ts';
import { createFieldCipher } from '../platform/crypto.ts';
import { openDatabase } from '../platform/db.ts';
import { readWebKeys } from '../platform/keys.ts';
import { keptLogKeys, networkMark } from '../store/keys/log-key.ts';
import { networkOf } from '../web/network.ts';

/**
 * npm run log:network -- <address>: how the log of `web` names the network of an address, month by month as far as its keys
 * are kept. It takes DATABASE_URL and the KEYS_DIR of `web`.
 */
const schema = z.object({ DATABASE_URL: z.string().startsWith('postgres'), KEYS_DIR: z.string().min(1) });

try {
  const [address] = process.argv.slice(2);
  if (!address) throw new Error('Usage: npm run log:network -- <address>');
  const { DATABASE_URL, KEYS_DIR } = readSettings(schema, process.env);
  const db = openDatabase({ DATABASE_URL, DATABASE_POOL: 1 });
  const keys = await keptLogKeys(db, createFieldCipher(readWebKeys(KEYS_DIR).field)).finally(() => db.destroy());
  for (const [month, key] of keys) console.log(`${month} ${networkMark(key, networkOf(address))}`);
  process.exit(0);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
