import type { Knex } from 'knex';
import type { BlindHash } from '../../platform/crypto.ts';
import { forgetAttempts, takeAttempt } from '../people/attempt.ts';

/**
 * How often codes of boxes may be typed and asked under: of one account and of one network, so that a person who guesses keeps
 * nobody else from it.
 */

const limits = [{ most: 20, seconds: 15 * 60 }];

interface CodeKeys {
  account: BlindHash;
  address: BlindHash;
}

const budgetsOf = ({ account, address }: CodeKeys) => [
  { kind: 'gate_code_account', key: account, limits },
  { kind: 'gate_code_address', key: address, limits },
];

/** @returns seconds until another try makes sense; 0: go on. */
export const takeCodeTry = (db: Knex, keys: CodeKeys): Promise<number> => takeAttempt(db, budgetsOf(keys));

/** After a box came into service: an office that sets up many of them goes on. */
export const forgetCodeTries = (db: Knex, keys: CodeKeys): Promise<void> => forgetAttempts(db, budgetsOf(keys));

/** The same for boxes that ask under a code. */
export const takeEnrolmentTry = (db: Knex, address: BlindHash): Promise<number> =>
  takeAttempt(db, [{ kind: 'gate_enrolment_address', key: address, limits }]);
