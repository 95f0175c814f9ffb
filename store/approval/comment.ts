import type { Knex } from 'knex';
import type { FieldCipher } from '../../platform/crypto.ts';
import { queueMessage } from '../messages/message.ts';

/** What is said beside a decision: by staff, to the visitor or among themselves, and by the visitor, once to each. */

export interface Comment {
  id: string;
  /** Null: the visitor wrote it. */
  staff: string | null;
  toVisitor: boolean;
  answers: string | null;
  /** Null once it was erased. */
  text: string | null;
  at: Date;
}

/** Characters. */
export const longestComment = 500;
/** To one visitor: each is a message. */
export const mostToVisitor = 10;

const column = (id: string) => ({ table: 'task_comment', column: 'text_enc', row: id });

/** Of a reservation, oldest first. `forVisitor`: without what staff say among themselves. */
export async function commentsOf(
  db: Knex,
  cipher: FieldCipher,
  reservation: string,
  { forVisitor = false } = {},
): Promise<Comment[]> {
  const rows: Row[] = await db('task_comment')
    .where({ reservation_id: reservation })
    .modify((query) => {
      if (forVisitor) query.where((seen) => seen.where('to_visitor', true).orWhereNotNull('visitor_id'));
    })
    .orderBy(['written_at', 'id']);
  return rows.map((row) => ({
    id: row.id,
    staff: row.staff_id,
    toVisitor: row.to_visitor,
    answers: row.answers_id,
    text: row.text_enc && cipher.open(column(row.id), row.text_enc),
    at: row.written_at,
  }));
}

interface Row {
  id: string;
  staff_id: string | null;
  to_visitor: boolean;
  answers_id: string | null;
  text_enc: Buffer | null;
  written_at: Date;
}

interface NewComment {
  id: string;
  reservation: string;
  task: string;
  staff: string;
  toVisitor: boolean;
  text: string;
}

/** The same id again changes nothing; a visitor is told. @returns whether it was kept; `many` where the visitor was written to too often */
export async function writeComment(trx: Knex, cipher: FieldCipher, comment: NewComment): Promise<boolean | 'many'> {
  const { id, reservation, task, staff, toVisitor, text } = comment;
  await trx.raw(`select pg_advisory_xact_lock(hashtextextended('comment/' || ?, 0))`, [reservation]);
  const [{ count } = { count: 0 }] = await trx('task_comment')
    .where({ reservation_id: reservation, to_visitor: true })
    .whereNot({ id })
    .count<{ count: string | number }[]>('* as count');
  if (toVisitor && Number(count) >= mostToVisitor) return 'many';
  const kept = await trx('task_comment')
    .insert({
      id,
      reservation_id: reservation,
      task_id: task,
      staff_id: staff,
      to_visitor: toVisitor,
      text_enc: cipher.seal(column(id), text),
    })
    .onConflict('id')
    .ignore()
    .returning('id');
  if (kept.length > 0 && toVisitor) await tellVisitor(trx, comment);
  return kept.length > 0;
}

async function tellVisitor(trx: Knex, { id, reservation }: NewComment): Promise<void> {
  const lead = await trx('reservation as r')
    .join('visitor as v', 'v.id', 'r.visitor_id')
    .where('r.id', reservation)
    .whereNull('v.erased_at')
    .first('v.id');
  if (!lead) return;
  await queueMessage(trx, { reservation, visitor: lead.id, kind: 'commented', key: `commented/${id}` });
}

/** By the visitor who leads the visit, once. @returns whether it was kept: there is such a comment, and no answer to it yet */
export async function answerComment(
  trx: Knex,
  cipher: FieldCipher,
  answer: { id: string; comment: string; reservation: string; visitor: string; text: string },
): Promise<boolean> {
  const asked = await trx('task_comment')
    .where({ id: answer.comment, reservation_id: answer.reservation, to_visitor: true })
    .first('task_id');
  if (!asked) return false;
  const kept = await trx('task_comment')
    .insert({
      id: answer.id,
      reservation_id: answer.reservation,
      task_id: asked.task_id,
      visitor_id: answer.visitor,
      to_visitor: false,
      answers_id: answer.comment,
      text_enc: cipher.seal(column(answer.id), answer.text),
    })
    .onConflict()
    .ignore()
    .returning('id');
  return kept.length > 0;
}

/** What was said of closed visits. @param lead only of visits that this account led; null: all */
export function eraseComments(trx: Knex, reservations: string[], lead: string | null): Promise<number> {
  return trx('task_comment')
    .whereNull('erased_at')
    .whereIn(
      'reservation_id',
      trx('reservation')
        .whereIn('id', reservations)
        .where('stage', 'closed')
        .modify((query) => {
          if (lead !== null) query.where('visitor_id', lead);
        })
        .select('id'),
    )
    .update({ text_enc: null, erased_at: trx.fn.now() });
}
