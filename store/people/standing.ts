import type { Knex } from 'knex';
import { AppError } from '../../platform/errors.ts';

/**
 * Locks an account's row before something about it is written. A request is let in by what stood when it began; account
 * and agreement may have ended since, and what is written after that stays: here nothing can come in between.
 *
 * @param needs `account`: also whoever did not agree, or took it back
 * @throws AppError `signed_out` (403) when the account has ended; `consent_needed` (403) where no agreement to processing stands any more
 */
export async function lockStanding(
  trx: Knex,
  visitor: string,
  needs: 'consent' | 'account' = 'consent',
): Promise<void> {
  const account = await trx('visitor').where({ id: visitor }).whereNull('superseded_at').forUpdate().first('id');
  if (!account) throw new AppError('signed_out', { status: 403 });
  if (needs === 'account') return;
  const agreed = await trx('consent')
    .where({ visitor_id: visitor, purpose: 'personal_information', subject_id: null, withdrawn_at: null })
    .first('id');
  if (!agreed) throw new AppError('consent_needed', { status: 403 });
}

/** Locks an account's row, also of an account that has ended: whatever else is written of it waits, or has happened. */
export async function lockAccount(trx: Knex, visitor: string): Promise<void> {
  await trx('visitor').where({ id: visitor }).forUpdate().first('id');
}
