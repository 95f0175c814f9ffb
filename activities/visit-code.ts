import { randomInt } from 'node:crypto';
import { replaceVisitCode as replaceCode } from '../store/passes/visit-code.ts';
import { lockReservation } from '../store/reservations/lock.ts';
import type { CoreActivities } from '../workflows/messages/activities.ts';
import type { ActivityDeps } from './deps.ts';

/** 访客验证码: six digits. */
export const makeVisitCode = (): string => String(randomInt(1_000_000)).padStart(6, '0');

/** A fresh code for a pass that still stands; the old one opens nothing any more. */
export const replaceVisitCode =
  ({ db, cipher }: Pick<ActivityDeps, 'db' | 'cipher'>): CoreActivities['replaceVisitCode'] =>
  ({ reservation, pass, request }) =>
    db.transaction(async (trx) => {
      const row = await lockReservation(trx, reservation);
      const own = await trx('pass').where({ id: pass, reservation_id: reservation }).first('id');
      if (row?.stage === 'closed' || !own) return;
      await replaceCode(trx, cipher, pass, makeVisitCode(), request);
    });
