import type { Knex } from 'knex';
import type { BlindHash } from '../../platform/crypto.ts';
import { forgetAttempts, takeAttempt } from '../people/attempt.ts';

/**
 * How often a staff password may be tried: a few times an account, somewhat more an address (a whole
 * office may share one). Kept in PostgreSQL, so it is true across replicas; the hashes are keyed.
 */

const seconds = 15 * 60;

export interface LoginKeys {
  account: BlindHash;
  address: BlindHash;
}

/**
 * Takes one try, before the password is looked at, so that tries at the same moment count too.
 * @returns seconds until another try makes sense; 0: go on.
 */
export function takeLoginTry(db: Knex, { account, address }: LoginKeys): Promise<number> {
  return takeAttempt(db, [
    { kind: 'staff_login_account', key: account, limits: [{ most: 5, seconds }] },
    { kind: 'staff_login_address', key: address, limits: [{ most: 30, seconds }] },
  ]);
}

/** After the right password: who mistyped before starts afresh. The address keeps its count. */
export async function forgetLoginTries(db: Knex, account: BlindHash): Promise<void> {
  await forgetAttempts(db, [{ kind: 'staff_login_account', key: account }]);
}

/**
 * The same for asking for a link: a few for an account from one address, some more from one address. Beside it an account
 * gets a number of mails a day, wherever they are asked for: see `answerNextAsking`.
 */
export function takeAskingTry(db: Knex, { pair, address }: { pair: BlindHash; address: BlindHash }): Promise<number> {
  return takeAttempt(db, [
    { kind: 'staff_asking', key: pair, limits: [{ most: 3, seconds }] },
    { kind: 'staff_asking_address', key: address, limits: [{ most: 20, seconds }] },
  ]);
}
