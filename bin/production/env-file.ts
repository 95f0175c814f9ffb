import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import type { EnvGroup } from './env-entries.ts';

/**
 * Writes what `.env` does not have yet, and leaves every line that is there as it is: a file that has everything is not
 * written at all.
 *
 * @returns the names that it got now
 */
export function completeEnvFile(path: string, groups: EnvGroup[]): string[] {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const there = parseEnv(before);
  const lacking = groups
    .map(({ title, entries }) => ({ title, entries: entries.filter(({ name }) => !(name in there)) }))
    .filter(({ entries }) => entries.length > 0);
  if (lacking.length === 0) return [];
  const added = lacking.map(
    ({ title, entries }) => `# ${title}.\n${entries.map(({ name, value }) => `${name}=${quoted(value)}\n`).join('')}`,
  );
  writeFileSync(`${path}.new`, [...(before ? [before.trimEnd().concat('\n')] : []), ...added].join('\n'), {
    mode: 0o600,
  });
  renameSync(`${path}.new`, path);
  return lacking.flatMap(({ entries }) => entries.map(({ name }) => name));
}

/** What has to be there and is empty. */
export function emptyNames(path: string, groups: EnvGroup[]): string[] {
  const there = parseEnv(readFileSync(path, 'utf8'));
  return groups
    .flatMap(({ entries }) => entries)
    .filter(({ name, kind }) => kind === 'asked' && !there[name])
    .map(({ name }) => name);
}

/** Between single quotes nothing is replaced, neither by compose nor by a shell. */
const quoted = (value: string): string => (/^[\w@.:/+=-]*$/.test(value) ? value : `'${value}'`);
