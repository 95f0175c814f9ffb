import { z } from 'zod';
import { readSettings } from '../platform/config.ts';
import { prepareRealTemporal } from './launch/real-temporal.ts';
import { migrateDatabase } from './setup/database.ts';
import { databaseWords } from './setup/database-words.ts';

/**
 * npm run migrate: brings the schema of DATABASE_OWNER_URL (or DATABASE_URL) forward and, when
 * TEMPORAL_ADDRESS is set, makes its namespace ready. Running it again changes nothing.
 */
const schema = z.object({
  DATABASE_OWNER_URL: z.string().startsWith('postgres').optional(),
  DATABASE_URL: z.string().startsWith('postgres').optional(),
  TEMPORAL_ADDRESS: z.string().optional(),
  TEMPORAL_NAMESPACE: z.string().default('default'),
});

try {
  const settings = readSettings(schema, process.env);
  await bringForward(settings);
  if (settings.TEMPORAL_ADDRESS) {
    await prepareRealTemporal(process.env, settings.TEMPORAL_NAMESPACE);
    console.log(`The namespace ${settings.TEMPORAL_NAMESPACE} is ready.`);
  }
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

async function bringForward({ DATABASE_OWNER_URL, DATABASE_URL }: z.infer<typeof schema>): Promise<void> {
  const url = DATABASE_OWNER_URL ?? DATABASE_URL;
  if (!url) throw new Error('Settings: DATABASE_OWNER_URL is missing');
  try {
    const done = await migrateDatabase(url);
    console.log(done.length > 0 ? `Schema brought forward by ${done.join(', ')}.` : 'The schema is up to date.');
  } catch (error) {
    const setting = DATABASE_OWNER_URL ? 'DATABASE_OWNER_URL' : 'DATABASE_URL';
    throw new Error(`The schema could not be brought forward: ${databaseWords(error, setting, url)}`);
  }
}
