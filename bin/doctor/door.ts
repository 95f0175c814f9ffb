import { readDoorKeys } from '../../platform/keys.ts';
import type { Check } from './check.ts';
import { databaseChecks } from './database.ts';
import { engineChecks } from './engine.ts';
import { keyCheck } from './keys.ts';
import type { SettingsOf } from './settings.ts';

/** What the door needs, looked at where it runs. */
export function doorChecks(settings: SettingsOf<'door'>): Check[] {
  const shared = [...databaseChecks(settings), ...engineChecks(settings)];
  const needed = ['PostgreSQL', 'schema', 'Temporal', 'namespace'];
  return [keyCheck('keys of the door', settings, readDoorKeys), ...shared.filter(({ name }) => needed.includes(name))];
}
