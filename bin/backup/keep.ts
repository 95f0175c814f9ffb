import { readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isBackup } from './manifest.ts';
import { isNameOfBackup } from './save.ts';

/**
 * Removes older backups beside the newest ones, and what broke off before the newest. Other folders stay.
 * @returns names of what was removed
 */
export function keepNewest(to: string, keep: number): string[] {
  const names = readdirSync(resolve(to)).filter(isNameOfBackup).toSorted().toReversed();
  const whole = names.filter((name) => isBackup(join(to, name)));
  const stays = new Set(whole.slice(0, keep));
  const newest = whole[0] ?? '';
  const gone = names.filter((name) => !stays.has(name) && name < newest);
  for (const name of gone) rmSync(join(resolve(to), name), { recursive: true, force: true });
  return gone;
}
