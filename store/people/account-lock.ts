import type { Knex } from 'knex';
import { AppError } from '../../platform/errors.ts';

/**
 * Locks the row of an account that is in use before something about it is written. A page was let in by what held when
 * its request began. The account or the agreement may have ended since, and what is written after that would stay.
 * While the row is locked neither can end.
 *
 * @param needs `consent`: the person must have agreed to processing; `account`: the account alone is enough
 * @throws AppError `signed_out` (403) when the account has ended; `consent_needed` (403) when no agreement to processing is in force
 */
export async function lockActiveAccount(
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

/** Locks an account's row, even when the account has ended. Other writers of the account wait, or have finished. */
export async function lockAccount(trx: Knex, visitor: string): Promise<void> {
  await trx('visitor').where({ id: visitor }).forUpdate().first('id');
}
