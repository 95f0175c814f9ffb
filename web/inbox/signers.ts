import { addedSigners } from '../../store/approval/added-signer.ts';
import { findDecisionReason } from '../../store/approval/decision.ts';
import { staffNames } from '../../store/staff/staff.ts';
import type { WebDeps } from '../deps.ts';

/** Who was added to a task, or to which one its signer was: by whom, why, and what became of it. */
export async function signersOf({ db, cipher }: Pick<WebDeps, 'db' | 'cipher'>, task: string) {
  const added = await addedSigners(db, task);
  if (added.length === 0) return [];
  const names = await staffNames(
    db,
    added.map(({ by }) => by),
  );
  return Promise.all(
    added.map(async (one) => ({
      ...one,
      by: names.get(one.by) ?? '',
      reason: await findDecisionReason(db, cipher, one.request),
    })),
  );
}
