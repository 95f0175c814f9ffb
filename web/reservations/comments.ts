import { randomUUID } from 'node:crypto';
import { commentsOf } from '../../store/approval/comment.ts';
import type { WebDeps } from '../deps.ts';
import type { Submitted } from './own.ts';

/** What the department wrote to the visitor, each with its answer, or with room for one while the visit is open. */
export async function commentsFor({ db, cipher }: WebDeps, reservation: Submitted) {
  const all = await commentsOf(db, cipher, reservation.id, { forVisitor: true });
  return all
    .filter(({ toVisitor }) => toVisitor)
    .map((one) => ({
      ...one,
      key: randomUUID(),
      answer: all.find(({ answers }) => answers === one.id),
      mayAnswer: !reservation.outcome,
    }));
}

/** An answer that was refused: it keeps its text, and says why. */
export interface Answering {
  comment: string;
  text: string;
  /** Catalogue key. */
  error: string;
}
