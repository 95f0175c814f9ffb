import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { askSecretly } from '../admin/ask.ts';
import { leastPassphrase } from './sealed-keys.ts';

/** What backup and restore are told by environment; secrets stand in files or in the environment, never on a command line. */

const postgres = z.string().startsWith('postgres');
export const ownerSettings = z.object({ DATABASE_OWNER_URL: postgres });
export const deletionSettings = ownerSettings.extend({ BACKUP_KEYS: z.string().min(1) });
export const backupSettings = z
  .object({
    /** The owner of the application's schema. */
    DATABASE_OWNER_URL: postgres,
    /** Either the engine's databases … */
    ENGINE_DATABASE_URL: postgres.optional(),
    ENGINE_VISIBILITY_URL: postgres.optional(),
    /** … or its file, where it is the embedded one. */
    ENGINE_DATABASE_FILE: z.string().optional(),
    /** The folder of all key folders of the installation. */
    BACKUP_KEYS: z.string().min(1),
    /** A file whose first line is the passphrase, … */
    BACKUP_PASSPHRASE_FILE: z.string().optional(),
    /** … or itself, for a container that has no such file; without either it is asked for. */
    BACKUP_PASSPHRASE: z.string().optional(),
  })
  .refine(
    (one) =>
      one.ENGINE_DATABASE_FILE ? !one.ENGINE_DATABASE_URL : one.ENGINE_DATABASE_URL && one.ENGINE_VISIBILITY_URL,
    {
      path: ['ENGINE_DATABASE_URL'],
      message: 'and ENGINE_VISIBILITY_URL, or ENGINE_DATABASE_FILE alone, has to be set',
    },
  );
export type BackupSettings = z.infer<typeof backupSettings>;

/** @throws Error when it is too short to seal keys with */
export async function readPassphrase(settings: BackupSettings): Promise<string> {
  const { BACKUP_PASSPHRASE_FILE: file, BACKUP_PASSPHRASE: given } = settings;
  const found = file
    ? readFileSync(file, 'utf8').split('\n')[0]
    : (given ?? (await askSecretly('Passphrase of the keys: ')));
  const passphrase = (found ?? '').trim();
  if (passphrase.length < leastPassphrase)
    throw new Error(`The passphrase has fewer than ${leastPassphrase} characters`);
  return passphrase;
}
