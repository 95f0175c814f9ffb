import { timingSafeEqual } from 'node:crypto';
import type { Knex } from 'knex';
import type { FieldCipher } from '../../platform/crypto.ts';

/** 访客验证码: six digits a pass, good for opening the page it is linked to and nothing else. */

export const triesAllowed = 5;

/** `spent`: five wrong tries are used up, also when this was the fifth; ask for a new code. */
export type CodeCheck = { result: 'right' } | { result: 'wrong'; left: number } | { result: 'spent' };

/** Compares what was typed with the pass's current code, and counts a wrong try under a row lock. */
export async function checkVisitCode(db: Knex, cipher: FieldCipher, pass: string, typed: string): Promise<CodeCheck> {
  return db.transaction(async (trx) => {
    const row = await trx('visit_code').where({ pass_id: pass }).whereNull('replaced_at').forNoKeyUpdate().first();
    if (!row || row.tries >= triesAllowed) return { result: 'spent' };
    if (same(openCode(cipher, row), typed)) return { result: 'right' };
    const tries = row.tries + 1;
    await trx('visit_code').where({ id: row.id }).update({ tries });
    return tries < triesAllowed ? { result: 'wrong', left: triesAllowed - tries } : { result: 'spent' };
  });
}

/** The current code in clear, for the message that carries it. */
export async function readVisitCode(db: Knex, cipher: FieldCipher, pass: string): Promise<string | undefined> {
  const row = await db('visit_code').where({ pass_id: pass }).whereNull('replaced_at').first();
  return row && openCode(cipher, row);
}

/** Whether a new code was asked for since the current one was made. */
export async function newCodeIsComing(db: Knex, pass: string): Promise<boolean> {
  const row = await db('request as r')
    .join('visit_code as c', (on) => on.on('c.pass_id', '=', db.raw('?', [pass])).andOnNull('c.replaced_at'))
    .where('r.kind', 'resend_code')
    .whereRaw("r.payload->>'pass' = ?", [pass])
    .whereRaw('r.reservation_id = (select reservation_id from pass where id = ? limit 1)', [pass])
    .whereRaw('r.created_at > c.created_at')
    .whereNot('r.status', 'refused')
    .first('r.id');
  return row !== undefined;
}

/**
 * Makes `code` the pass's current code. With a request, once only: the same request again changes nothing.
 */
export async function replaceVisitCode(
  trx: Knex,
  cipher: FieldCipher,
  pass: string,
  code: string,
  request?: string,
): Promise<void> {
  if (request && (await trx('visit_code').where({ request_id: request }).first('id'))) return;
  await trx('visit_code').where({ pass_id: pass }).whereNull('replaced_at').update({ replaced_at: trx.fn.now() });
  const { rows } = await trx.raw<{ rows: [{ id: string }] }>('select uuidv7() as id');
  const { id } = rows[0];
  await trx('visit_code').insert({
    id,
    pass_id: pass,
    code_enc: cipher.seal({ table: 'visit_code', column: 'code_enc', row: id }, code),
    request_id: request ?? null,
  });
}

const openCode = (cipher: FieldCipher, row: { id: string; code_enc: Buffer }): string =>
  cipher.open({ table: 'visit_code', column: 'code_enc', row: row.id }, row.code_enc);

function same(code: string, typed: string): boolean {
  const a = Buffer.from(code);
  const b = Buffer.from(typed);
  return a.length === b.length && timingSafeEqual(a, b);
}
