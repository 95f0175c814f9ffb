import { z } from 'zod';
import { readSettings } from '../platform/config.ts';
import { prepareRealTemporal } from './launch/real-temporal.ts';
import { migrateDatabase } from './setup/database.ts';

/**
 * npm run migrate: brings the schema of DATABASE_OWNER_URL (or DATABASE_URL) forward and, when
 * TEMPORAL_ADDRESS is set, makes its namespace ready. Running it again changes nothing.
 */
const schema = z.object({
  DATABASE_OWNER_URL: z.string().startsWith('postgres').optional(),
  DATABASE_URL: z.string().startsWith('postgres'),
  TEMPORAL_ADDRESS: z.string().optional(),
  TEMPORAL_NAMESPACE: z.string().default('default'),
});

try {
  const settings = readSettings(schema, process.env);
  const done = await migrateDatabase(settings.DATABASE_OWNER_URL ?? settings.DATABASE_URL);
  console.log(done.length > 0 ? `Schema brought forward by ${done.join(', ')}.` : 'The schema is up to date.');
  if (settings.TEMPORAL_ADDRESS) {
    await prepareRealTemporal(process.env, settings.TEMPORAL_NAMESPACE);
    console.log(`The namespace ${settings.TEMPORAL_NAMESPACE} is ready.`);
  }
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
