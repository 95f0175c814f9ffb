import type { Knex } from 'knex';
import { AppError } from '../../platform/errors.ts';
import { rowCipher } from '../../platform/row-cipher.ts';
import { identityFor, readAsked } from './open-requests.ts';
import type { Means } from './places.ts';
import { removeElsewhere } from './removal.ts';

/** The office's answer to a request. */

export const verdicts = ['removed', 'answered', 'refused'] as const;
export type Verdict = (typeof verdicts)[number];

/**
 * `removed`: what others hold goes, as with a deletion by the person; `answered`: they were shown it, or it was
 * corrected by those who hold it. What the request said is forgotten with the answer.
 *
 * @throws AppError `data_request_closed` (409) when it was answered already
 */
export async function answerDataRequest(
  trx: Knex,
  means: Means,
  answer: { id: string; staff: string; verdict: Verdict; note: string },
): Promise<void> {
  const { id } = answer;
  const row = await trx('data_request').where({ id, status: 'open' }).forUpdate().first();
  if (!row) throw new AppError('data_request_closed', { status: 409 });
  if (answer.verdict === 'removed') {
    const who = identityFor({ ...readAsked(means, row), createdAt: row.created_at });
    await removeElsewhere(trx, means, who, { request: id });
  }
  await trx('data_request')
    .where({ id })
    .update({
      status: answer.verdict === 'refused' ? 'refused' : 'done',
      closed_at: trx.fn.now(),
      staff_id: answer.staff,
      note_enc: rowCipher(means.cipher, 'data_request', id).seal('note_enc', answer.note),
      phone_enc: null,
      phone_hash: null,
      name_enc: null,
      document_enc: null,
      document_hash: null,
      text_enc: null,
    });
}
