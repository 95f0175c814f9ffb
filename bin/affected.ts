import { listAffected } from './affected/run.ts';

/**
 * npm run affected: who is touched by an incident, and by what (docs/disasters.md). It asks for what an operator alone has: the
 * owner of the schema (DATABASE_OWNER_URL) and a folder with the keys of columns (KEYS_DIR). Names are covered on the screen;
 * whole names and phones go into a file for the office that tells people. Each run and each file is in the audit.
 */
try {
  await listAffected(process.argv.slice(2), process.env, console.log);
  process.exit(0);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
