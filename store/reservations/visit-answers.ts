import type { VisitAnswers } from '../../domain/visit-answers.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { rowCipher } from '../../platform/row-cipher.ts';

/** The answers of a submission: one sealed document, which is written once and never changed. */

export interface AnswerColumns {
  answers_enc: Buffer | null;
  /** Rows of before the document keep two of its answers here. */
  host_enc: Buffer | null;
  note_enc: Buffer | null;
}

/** The document of a submission, also when nothing was answered. */
export const sealAnswers = (cipher: FieldCipher, submission: string, answers: VisitAnswers): Buffer =>
  rowCipher(cipher, 'submission', submission).seal('answers_enc', JSON.stringify(answers));

/** In clear; of an erased submission, none. */
export function openAnswers(cipher: FieldCipher, submission: string, row: AnswerColumns): VisitAnswers {
  const { open } = rowCipher(cipher, 'submission', submission);
  const answers = open('answers_enc', row.answers_enc);
  if (answers !== null) return JSON.parse(answers);
  const [host, note] = [open('host_enc', row.host_enc), open('note_enc', row.note_enc)];
  return {
    ...(host === null ? {} : { host }),
    ...(note === null ? {} : { note }),
  };
}
