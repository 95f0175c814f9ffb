import type { Knex } from 'knex';
import type { Stage } from '../../domain/reservation.ts';
import { moneyOf } from './account.ts';
import { feeOfSubmission } from './fee.ts';

/** What a reservation has to pay now, before it goes on. */
export interface Due {
  submission: string;
  /** Fen. */
  amount: number;
  payBy: Date;
}

interface Visit {
  id: string;
  stage: Stage;
  submission: string;
  stageUntil: Date | null;
  /** A change beside it: paid for once it has every signature. */
  change: { submission: string; until: Date } | null;
}

export async function dueOf(db: Knex, { id, stage, submission, stageUntil, change }: Visit): Promise<Due | undefined> {
  if (stage === 'payment' && stageUntil) return beyond(db, id, { submission, payBy: stageUntil });
  if (!change || stage !== 'visit') return undefined;
  const unsigned = await db('task').where({ submission_id: change.submission, status: 'open' }).first('id');
  return unsigned ? undefined : beyond(db, id, { submission: change.submission, payBy: change.until });
}

async function beyond(db: Knex, reservation: string, asked: Omit<Due, 'amount'>): Promise<Due | undefined> {
  const fee = await feeOfSubmission(db, asked.submission);
  const amount = fee - (await moneyOf(db, reservation)).kept;
  return amount > 0 && asked.payBy.getTime() > Date.now() ? { ...asked, amount } : undefined;
}
