import { AppError } from '../../../platform/errors.ts';
import { addedSigners, checkRemoval } from '../../../store/approval/added-signer.ts';
import type { WebDeps } from '../../deps.ts';
import type { TaskVerb } from './verb.ts';

/** Who was added to this task and has not signed yet. */
const undecided = async (db: WebDeps['db'], id: string) =>
  (await addedSigners(db, id)).filter(({ task, state }) => task !== id && (state === 'asked' || state === 'later'));

/** Takes 加签 back, as long as they have not signed. */
export const removeSigner: TaskVerb<'remove_signer', 'added_signer'> = {
  kind: 'remove_signer',
  path: 'signer-removals',
  texts: ['added_signer'],
  status: ['open', 'withdrawn', 'approved'],
  async offer(task, { db }) {
    const signers = task.outcome ? [] : await undecided(db, task.id);
    return signers.length > 0 ? { signers, typed: { added_signer: signers[0]?.task ?? '' } } : undefined;
  },
  async check({ added_signer }, task, { db }) {
    const known = (await undecided(db, task.id)).some((one) => one.task === added_signer);
    // Signed, or taken back, a moment ago.
    if (!known) throw new AppError('task_moved', { status: 409 });
    return {};
  },
  say: ({ added_signer: signer }, { id: task }) => ({
    payload: { task, signer },
    reason: '',
    write: (trx, request) => checkRemoval(trx, { request, task, signer }),
  }),
};
