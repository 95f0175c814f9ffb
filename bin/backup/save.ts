import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { ownRelease } from '../../platform/release.ts';
import { saveApplication } from './application.ts';
import { keepDeletions, listDeletions } from './deletions.ts';
import { connected, lookAtEngine } from './engine.ts';
import { hashedFile } from './files.ts';
import { checkKeys } from './fitting-keys.ts';
import { filesOf, type Manifest, writeManifest } from './manifest.ts';
import { sealKeys } from './sealed-keys.ts';
import type { BackupSettings } from './settings.ts';
import { takeSnapshot } from './tables.ts';

/** Takes a backup beside the running system. */

/**
 * The application's database is looked at first and the engine's a moment later: what the rows say was answered is known to
 * the workflows. The other way round a workflow would wait for a decision that its row shows as made.
 * @returns its folder and what is in it. A folder that was given up halfway is removed.
 */
export async function saveBackup(
  settings: BackupSettings,
  { to, passphrase }: { to: string; passphrase: string },
): Promise<{ folder: string; manifest: Manifest }> {
  const folder = join(resolve(to), nameOf(new Date()));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    const manifest = await fill(settings, folder, passphrase);
    writeManifest(folder, manifest);
    return { folder, manifest };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function fill(settings: BackupSettings, folder: string, passphrase: string): Promise<Manifest> {
  const client = await connected(settings.DATABASE_OWNER_URL);
  try {
    const takenAt = await takeSnapshot(client);
    const engine = await lookAtEngine(settings, folder);
    try {
      keepDeletions(join(folder, '..'), await listDeletions(client));
      const application = await saveApplication(client, folder, takenAt);
      // Before the backup counts: keys that belong to another database would open nothing of it.
      checkKeys(application.fingerprints, settings.BACKUP_KEYS);
      const sealed = await sealKeys(settings.BACKUP_KEYS, passphrase);
      return {
        format: 'xiaomen backup 1',
        release: ownRelease,
        takenAt: takenAt.toISOString(),
        application,
        engine: await engine.save(),
        keys: await hashedFile(folder, 'keys.sealed', Readable.from([sealed])),
      };
    } finally {
      await engine.end();
    }
  } finally {
    await client.end();
  }
}

/** `2026-11-30T01-02-03Z`: sorts by time, and is a file name everywhere. */
const nameOf = (at: Date): string => `${at.toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
export const isNameOfBackup = (name: string): boolean => /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/.test(name);

export const bytesOf = (manifest: Manifest): number => filesOf(manifest).reduce((sum, { bytes }) => sum + bytes, 0);
