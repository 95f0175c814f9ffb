import { fileURLToPath } from 'node:url';
import { type Row, tried } from './table.ts';

/**
 * The commands that a test has to take off the pages, as they stand there.
 * @param test `import.meta.url` of the test
 * @param runs what the test does with each
 * @throws Error where it does nothing with one of its commands, or something with another's
 */
export function takenOffPages<T>(test: string, runs: Record<string, T>): [command: string, run: T][] {
  const path = fileURLToPath(test);
  const isOwn = (row: Row) => 'test' in row && !('words' in row) && path.endsWith(`/${row.test}`);
  const own = Object.keys(tried).filter((command) => isOwn(tried[command] as Row));
  const missing = own.filter((command) => !(command in runs));
  const foreign = Object.keys(runs).filter((command) => !own.includes(command));
  if (missing.length + foreign.length > 0)
    throw new Error(`Not run here: ${missing.join('; ')}. Of no row for this test: ${foreign.join('; ')}`);
  return Object.entries(runs);
}
