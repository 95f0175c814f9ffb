import { randomInt } from 'node:crypto';
import type { Knex } from 'knex';
import { dropUnseen } from '../../domain/characters.ts';
import type { BlindIndex, FieldCipher } from '../../platform/crypto.ts';
import { newTotpSecret, totpStepOf } from '../../platform/totp.ts';

/** The second factor of staff: an authenticator's app, and ten codes on paper for the day on which the phone is lost. */

const address = (staff: string) => ({ table: 'staff_second_factor', column: 'secret_enc', row: staff });

/** A secret for an app that is about to be set up. A factor that is confirmed already stays. */
export async function beginSecondFactor(trx: Knex, cipher: FieldCipher, staff: string): Promise<void> {
  const sealed = cipher.sealBytes(address(staff), newTotpSecret());
  await trx('staff_second_factor')
    .insert({ staff_id: staff, secret_enc: sealed })
    .onConflict('staff_id')
    .merge({ secret_enc: sealed, made_at: trx.fn.now() })
    .whereNull('staff_second_factor.confirmed_at');
}

export interface SecondFactor {
  /** Undefined once it is confirmed: nobody reads it again. */
  secret: Buffer | undefined;
  confirmedAt: Date | null;
  /** Recovery codes that were not used yet. */
  codesLeft: number;
}

export async function findSecondFactor(
  db: Knex,
  cipher: FieldCipher,
  staff: string,
): Promise<SecondFactor | undefined> {
  const row = await db('staff_second_factor as f')
    .where({ staff_id: staff })
    .first('secret_enc', 'confirmed_at', {
      left: db.raw(
        '(select count(*)::int from staff_recovery_code c where c.staff_id = f.staff_id and c.used_at is null)',
      ),
    });
  if (!row) return undefined;
  return {
    secret: row.confirmed_at ? undefined : cipher.openBytes(address(staff), row.secret_enc),
    confirmedAt: row.confirmed_at,
    codesLeft: row.left,
  };
}

type Factor = { trx: Knex; cipher: FieldCipher; index: BlindIndex; staff: string };

/** The first code shows that the app has the secret. @returns ten recovery codes, shown once; undefined: a wrong code */
export async function confirmSecondFactor(of: Factor, code: string, now: Date): Promise<string[] | undefined> {
  if (!(await takeAppCode(of, code, now, { confirmed: false }))) return undefined;
  await of.trx('staff_second_factor').where({ staff_id: of.staff }).update({ confirmed_at: now });
  return renewRecoveryCodes(of);
}

/** Ten new ones; the former are worthless. */
export async function renewRecoveryCodes({ trx, index, staff }: Omit<Factor, 'cipher'>): Promise<string[]> {
  const codes = Array.from({ length: 10 }, newRecoveryCode);
  await trx('staff_recovery_code').where({ staff_id: staff }).delete();
  await trx('staff_recovery_code').insert(
    codes.map((code) => ({ staff_id: staff, code_hash: index('staff_recovery', recoveryText(staff, code)) })),
  );
  return codes;
}

/** How a code was right: by the app, or as one of the ten. Either counts once. */
export async function takeSecondFactor(of: Factor, typed: string, now: Date): Promise<'app' | 'recovery' | undefined> {
  const code = dropUnseen(typed).normalize('NFKC').replace(/[\s-]/g, '').toLowerCase();
  if (/^\d{6}$/.test(code)) return (await takeAppCode(of, code, now, { confirmed: true })) ? 'app' : undefined;
  if (code.length !== recoveryLength) return undefined;
  const { trx, index, staff } = of;
  const taken = await trx('staff_recovery_code')
    .where({ staff_id: staff, used_at: null })
    .whereIn('code_hash', index.every('staff_recovery', recoveryText(staff, code)))
    .update({ used_at: now });
  return taken > 0 ? 'recovery' : undefined;
}

/** The app of somebody who lost it, or who sets it up anew. @returns whether there was one */
export async function dropSecondFactor(trx: Knex, staff: string): Promise<boolean> {
  return (await trx('staff_second_factor').where({ staff_id: staff }).delete()) > 0;
}

async function takeAppCode(
  { trx, cipher, staff }: Factor,
  code: string,
  now: Date,
  { confirmed }: { confirmed: boolean },
): Promise<boolean> {
  const row = await trx('staff_second_factor').where({ staff_id: staff }).forUpdate().first();
  if (!row || Boolean(row.confirmed_at) !== confirmed) return false;
  const secret = cipher.openBytes(address(staff), row.secret_enc);
  const step = totpStepOf(secret, code, now, Number(row.last_step));
  if (step === undefined) return false;
  await trx('staff_second_factor').where({ staff_id: staff }).update({ last_step: step });
  return true;
}

/** Without signs that look alike. 12 of 30: 58 bits, and few tries. */
const signs = '23456789abcdefghjkmnpqrstvwxyz';
const recoveryLength = 12;
const newRecoveryCode = (): string =>
  Array.from({ length: recoveryLength }, () => signs[randomInt(signs.length)])
    .join('')
    .replace(/(.{4})(?=.)/g, '$1-');
const recoveryText = (staff: string, code: string): string => `${staff} ${code.replaceAll('-', '')}`;
