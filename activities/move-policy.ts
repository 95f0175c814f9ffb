import { firstWaiting } from '../domain/placed-signers.ts';
import type { Transaction } from '../platform/db.ts';
import { addedSignatures } from '../store/approval/added-signer.ts';
import { findCompiled, findSigned } from '../store/approval/compiled-policy.ts';
import { answerUnderWay, findMove, isMoveAsked, keepMove } from '../store/approval/keep-move.ts';
import { planMove } from '../store/approval/policy-move.ts';
import type { CoreActivities, Moved } from '../workflows/messages/activities.ts';
import type { ActivityDeps } from './deps.ts';
import { firstRungAt } from './ladder.ts';

type Request = Parameters<CoreActivities['movePolicy']>[0];

/**
 * What a visit that waits needs by another version of its policy. Nobody decides on it meanwhile: who signs holds the same lock,
 * and finds the request that asked for the move.
 */
export const movePolicy =
  ({ db, cipher }: Pick<ActivityDeps, 'db' | 'cipher'>): CoreActivities['movePolicy'] =>
  (request) =>
    db.transaction(async (trx): Promise<Moved> => {
      const { reservation, submission, ordinals, version } = request;
      await trx.raw(`select pg_advisory_xact_lock(hashtextextended('signing/' || ?, 0))`, [reservation]);
      if (!(await isMoveAsked(trx, request))) return { ok: false, code: 'malformed' };
      if (!(await findMove(trx, request.request))) {
        if (await answerUnderWay(trx, reservation)) return { ok: false, code: 'answer_under_way' };
        const plan = await planMove(trx, cipher, { submission, ordinals, version });
        if (typeof plan === 'string') return { ok: false, code: plan };
        await keepMove(trx, request, plan);
      }
      return { ok: true, policy: await compiled(trx, request) };
    });

async function compiled(trx: Transaction, { submission, decideBy }: Request) {
  const found = await findCompiled(trx, submission);
  if (!found) throw new Error('What was compiled is not there');
  const signed = await findSigned(trx, submission);
  const withSigned = <Seat extends { step: number; ordinal: number }>(seat: Seat) => {
    const decision = signed.get(`${seat.step}.${seat.ordinal}`);
    return { ...seat, ...(decision && { signed: decision }) };
  };
  const asked = found.signatures.map(withSigned);
  const added = (await addedSignatures(trx, submission)).map(withSigned);
  const placed = added.map((seat) => ({ at: seat, signed: seat.signed }));
  const waiting = found.steps.slice(firstWaiting(found.steps, asked, placed));
  const remindAt = await firstRungAt(trx, { decideBy, steps: waiting }, Date.now());
  return { ...found, signatures: [...asked, ...added], ...(remindAt && { remindAt }) };
}
