import { signFirst } from '../../../store/approval/step-signers.ts';
import type { Task } from '../../../store/approval/task.ts';
import type { WebDeps } from '../../deps.ts';

/** The task that its reader has to sign before this one, since nobody else could: it is not offered for approval. */
export const taskToSignFirst = (db: WebDeps['db'], { id, reader, right }: Task): Promise<string | undefined> =>
  signFirst(db, { task: id, by: right.behalf ? [reader, right.behalf] : [reader] });
