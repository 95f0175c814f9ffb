import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { enrol } from '../gate-worker/enrolment/enrol.ts';

/**
 * npm run gate:enrol -- --server https://visits.example.edu [--keys <folder>] [--again]: on the box of a gate, makes its keys, and shows a code and a
 * fingerprint; an admin types the one and compares the other at `/admin/content`. Then the box holds its id and what it believes, in its key
 * folder: start it. FEED_URL and KEYS_DIR stand in for the flags. Interrupted, it goes on with the same code.
 */
const options = {
  server: { type: 'string', default: process.env.FEED_URL },
  keys: { type: 'string', default: process.env.KEYS_DIR },
  again: { type: 'boolean', default: false },
} as const;

try {
  const { values: flags } = parseArgs({ options });
  if (!flags.server || !URL.canParse(flags.server) || !flags.keys)
    throw new Error('Usage: npm run gate:enrol -- --server https://visits.example.edu --keys <folder> [--again]');
  const folder = resolve(process.env.INIT_CWD ?? '.', flags.keys);
  const server = flags.server.replace(/\/+$/, '');
  const { gate, pin } = await enrol({ folder, server, again: flags.again, say: (line) => console.log(line) });
  console.log(`This box is gate ${gate}. Its keys are in ${folder}, for its account alone.`);
  if (pin) console.log(`PIN of its page: ${pin}, which is shown this once.`);
  process.exit(0);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
