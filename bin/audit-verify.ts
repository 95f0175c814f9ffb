import { z } from 'zod';
import { readSettings } from '../platform/config.ts';
import { openDatabase } from '../platform/db.ts';
import { type AuditFault, verifyAudit } from '../store/audit/audit-verification.ts';
import { demoSettings } from './launch/demo-settings-file.ts';

/**
 * npm run audit:verify [-- <day>=<hash> …]: reads the audit of DATABASE_URL – or of the demo of this clone – and says
 * whether a record was removed or changed. It prints the hash that the chain ends in: noted elsewhere and given here
 * another time, it shows as well that the chain was not written anew as a whole.
 */
const schema = z.object({ DATABASE_URL: z.string().startsWith('postgres') });
const noteShape = /^(\d{4}-\d\d-\d\d)=([0-9a-f]{64})$/;

const sentences: Record<AuditFault['kind'], (fault: AuditFault) => string> = {
  removed: ({ place, record }) => `record ${place} is missing${record ? `, the one after id ${record}` : ''}`,
  changed: ({ place, record }) => `record ${place}, id ${record}, is not as it was sealed`,
  'cut off': () => 'does not follow the day before: that one, or one between, is gone or was written anew',
  'other end': () => 'ends otherwise than its anchor says',
  'gone early': () => 'was deleted before its time',
  'without anchor': () => 'has records and no anchor',
  'other than noted': () => 'does not hold the hash that you noted',
};

try {
  const noted = new Map(process.argv.slice(2).map(readNote));
  const { DATABASE_URL } = readSettings(schema, process.env.DATABASE_URL ? process.env : { ...demoSettings() });
  const db = openDatabase({ DATABASE_URL, DATABASE_POOL: 1 });
  const { faults, days, purged, records, unsealed, head } = await verifyAudit(db, noted).finally(() => db.destroy());
  for (const fault of faults) console.log(`${fault.day}: ${sentences[fault.kind](fault)}`);
  console.log(
    `${records} records of ${days - purged} days; ${purged} days are past their time; ${unsealed} are not sealed yet.`,
  );
  if (head) console.log(`The chain ends in ${head.day}=${head.hash}`);
  console.log(faults.length === 0 ? 'Nothing is missing and nothing was changed.' : `${faults.length} found.`);
  process.exit(faults.length === 0 ? 0 : 1);
} catch (error) {
  console.error((error as Error).message);
  process.exit(2);
}

function readNote(text: string): [string, string] {
  const [, day, hash] = noteShape.exec(text) ?? [];
  if (!day || !hash) throw new Error('Usage: npm run audit:verify [-- <day>=<hash> …]');
  return [day, hash];
}
