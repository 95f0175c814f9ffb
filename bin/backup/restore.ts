import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBlindIndex, createFieldCipher } from '../../platform/crypto.ts';
import { readWebKeys } from '../../platform/keys.ts';
import { lastRestore, recordFinding, recordRestore } from '../../store/office/restore.ts';
import { asOwner } from '../setup/as-owner.ts';
import { checkApplication, restoreApplication } from './application.ts';
import { keepDeletions, listDeletions, readDeletions } from './deletions.ts';
import { checkEngine, restoreEngine, withClient } from './engine.ts';
import { eraseAgain } from './erasures.ts';
import { checkSealedKeys } from './fitting-keys.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { removeAllAgain } from './removals.ts';
import { restoreGates } from './restored-gates.ts';
import { type RestoredKeys, restoreKeys } from './restored-keys.ts';
import { checkWritable, holdsKeys, openKeys, refuseOutside, type SealedFile } from './sealed-keys.ts';
import type { BackupSettings } from './settings.ts';

/** Brings a backup back. Everything is checked before anything is touched. */

export interface Restoring {
  from: string;
  /** Where the list of deletions lies. */
  deletions: string;
  replace: boolean;
  passphrase: () => Promise<string>;
  say: (line: string) => void;
}

/** @throws Error with a sentence; nothing was touched unless it says so */
export async function restoreBackup(settings: BackupSettings, restoring: Restoring): Promise<Manifest> {
  const { from, deletions, replace, passphrase, say } = restoring;
  const manifest = await readManifest(from);
  say(`Every file of ${from} is as it was written; it holds what was acknowledged until ${manifest.takenAt}.`);
  if (holdsKeys(settings.BACKUP_KEYS) && !replace)
    throw new Error(`There are key files in ${settings.BACKUP_KEYS}: --replace takes their place`);
  readDeletions(deletions);
  await checkApplication(settings.DATABASE_OWNER_URL, manifest.application, replace);
  await checkEngine(settings, manifest.engine, replace);
  const keys = await openKeys(readFileSync(join(from, manifest.keys.file)), await passphrase());
  refuseOutside(settings.BACKUP_KEYS, keys);
  checkWritable(settings.BACKUP_KEYS);
  checkSealedKeys(manifest.application.fingerprints, keys);

  // What the database that is replaced knows of deletions would go with it.
  keepDeletions(deletions, await withClient(settings.DATABASE_OWNER_URL, listDeletions));
  const later = await restoreApplication(settings.DATABASE_OWNER_URL, from, manifest.application);
  const rows = manifest.application.tables.reduce((sum, table) => sum + table.rows, 0);
  say(
    `The application's database has its ${rows} rows${later.length > 0 ? `, brought forward by ${later.join(', ')}` : ''}.`,
  );
  await restoreEngine(settings, from, manifest.engine).catch((error: Error) => {
    throw new Error(
      `${error.message} The application's database is filled and the engine's is not, keys were not touched: begin again with --replace.`,
    );
  });
  say("The engine's database is back.");
  const found = await bringBackKeys(settings, manifest, { keys, deletions });
  for (const line of found.lines) say(line);
  await note(settings.DATABASE_OWNER_URL, manifest.takenAt, found);
  await repeatDeletions(settings, deletions, say);
  say('Start the engine, workers, web and the door. What came after the backup is gone; workers compare what is left:');
  say('  npm run restore -- --report    says what does not agree, and when everything was compared.');
  say(
    `Passes that were signed after ${manifest.takenAt} open gates until their end. To end them: npm run keys -- revoke pass <key id> <folder>.`,
  );
  return manifest;
}

/** What was deleted after the backup is deleted again, as far as its visits are over. */
export async function repeatDeletions(
  { DATABASE_OWNER_URL, BACKUP_KEYS }: Pick<BackupSettings, 'DATABASE_OWNER_URL' | 'BACKUP_KEYS'>,
  folder: string,
  say: (line: string) => void,
): Promise<void> {
  await asOwner(DATABASE_OWNER_URL, async (owner) => {
    const { field, index } = readWebKeys(join(BACKUP_KEYS, 'web'));
    const means = { cipher: createFieldCipher(field), index: createBlindIndex(index) };
    const { accounts, elsewhere } = readDeletions(folder);
    const { done, waiting } = await eraseAgain(owner, means, accounts);
    const removed = await removeAllAgain(owner, elsewhere);
    const restore = await lastRestore(owner);
    if (restore)
      for (const subject of [...done, ...removed])
        await recordFinding(owner, { restore: restore.id, kind: 'erased_again', subject });
    say(`Accounts that were deleted after the backup, and now again: ${done.length}.`);
    say(`Deletions for people without an account, done after the backup and now again: ${removed.length}.`);
    if (waiting.length > 0)
      say(
        `Their visits came back open and are asked to end: ${waiting.length}. Once workers run: npm run restore -- --deletions ${folder}`,
      );
  });
}

async function bringBackKeys(
  { BACKUP_KEYS: folder, DATABASE_OWNER_URL }: BackupSettings,
  { application: { fingerprints }, takenAt }: Manifest,
  { keys, deletions }: { keys: SealedFile[]; deletions: string },
): Promise<RestoredKeys> {
  const listed = readDeletions(deletions);
  return asOwner(DATABASE_OWNER_URL, async (owner) => {
    const live = await restoreKeys(owner, { folder, files: keys, fingerprints, takenAt, listed: listed.keys });
    const gates = await restoreGates(owner, { folder, listed: listed.gates });
    return { lines: [...live.lines, ...gates.lines], findings: [...live.findings, ...gates.findings] };
  });
}

async function note(ownerUrl: string, takenAt: string, { findings }: RestoredKeys): Promise<void> {
  await asOwner(ownerUrl, async (owner) => {
    const restore = await recordRestore(owner, new Date(takenAt));
    for (const finding of findings) await recordFinding(owner, { restore, ...finding });
  });
}
