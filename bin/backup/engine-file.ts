import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** SQLite: somebody else has it open. */
const busy = 5;

/** @throws Error when an engine has its file open: it would go on with what is gone, and write over what comes */
export function refuseOpened(file: string): void {
  if (!existsSync(file)) return;
  const db = new DatabaseSync(file, { timeout: 0 });
  try {
    // Nobody else may have it open at all, not even one that rests.
    db.exec('pragma locking_mode = exclusive; begin exclusive; rollback');
  } catch (error) {
    if ((error as { errcode?: number }).errcode === busy) throw new Error(`An engine has ${file} open: stop it first`);
    // Whatever else it is, it is replaced.
  } finally {
    db.close();
  }
}
