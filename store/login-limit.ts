import type { Knex } from 'knex';

/**
 * How often a staff password may be tried: a few times an account, somewhat more an address (a whole
 * office may share one). Kept in PostgreSQL, so it is true across replicas; the hashes are keyed.
 */

const within = '15 minutes';
const limits = { staff_login_account: 5, staff_login_address: 30 } as const;

export interface LoginKeys {
  account: Buffer;
  address: Buffer;
}

/**
 * Takes one try, before the password is looked at, so that tries at the same moment count too.
 * @returns seconds until another try makes sense; 0: go on.
 */
export async function takeLoginTry(db: Knex, keys: LoginKeys): Promise<number> {
  const tries = [
    { kind: 'staff_login_account', key: keys.account },
    { kind: 'staff_login_address', key: keys.address },
  ] as const;
  return db.transaction(async (trx) => {
    for (const { kind, key } of tries) {
      await trx.raw(`select pg_advisory_xact_lock(hashtextextended(? || encode(?::bytea, 'hex'), 0))`, [kind, key]);
    }
    for (const { kind, key } of tries) {
      // The oldest of the newest few: when it leaves the window, the next try is free.
      const { rows } = await trx.raw<{ rows: { wait: number }[] }>(
        `select ceil(extract(epoch from at + ?::interval - now()))::int as wait from attempt
          where kind = ? and key_hash = ? and at > now() - ?::interval
          order by at desc offset ? limit 1`,
        [within, kind, key, within, limits[kind] - 1],
      );
      if (rows[0]) return Math.max(1, rows[0].wait);
    }
    await trx('attempt').insert(tries.map(({ kind, key }) => ({ kind, key_hash: key })));
    return 0;
  });
}

/** After the right password: who mistyped before starts afresh. The address keeps its count. */
export async function forgetLoginTries(db: Knex, account: Buffer): Promise<void> {
  await db('attempt').where({ kind: 'staff_login_account', key_hash: account }).delete();
}
