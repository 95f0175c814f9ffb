import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { findTextProblem, normaliseText } from '../../domain/text.ts';
import { AppError, notFound } from '../../platform/errors.ts';
import { isUuid } from '../is-uuid.ts';

/** What stands wrong beside one entry of a list: the note is kept as typed. */
export interface WrongVerdict {
  id: string;
  note: string;
  problem: string;
}

/**
 * The office's verdict on an entry of a list, with a note of how it was checked who asks. A form without a note comes back
 * with 422, an entry that somebody else decided meanwhile with 409; decided, the list is shown again.
 *
 * @param page the list's address
 */
export function takeVerdict<V extends string>(
  page: string,
  parts: {
    verdicts: readonly [V, ...V[]];
    decide(given: { id: string; verdict: V; note: string }, req: Request, res: Response): Promise<void>;
    show(res: Response, wrong: WrongVerdict): Promise<void>;
  },
): RequestHandler {
  const form = z.object({ verdict: z.enum(parts.verdicts), note: z.string().default('').transform(normaliseText) });
  return async (req, res) => {
    const { id } = req.params;
    if (!isUuid(id)) throw notFound();
    const read = form.safeParse(req.body);
    if (!read.success) throw new AppError('bad_request', { status: 400 });
    const { verdict, note } = read.data;
    const problem = findTextProblem(note, { max: 200, required: true, lines: true });
    if (problem) {
      const key = problem === 'empty' ? 'field.verdict_note_empty' : 'field.too_long';
      return parts.show(res.status(422), { id, note, problem: problem === 'characters' ? 'field.characters' : key });
    }
    try {
      await parts.decide({ id, verdict: verdict as V, note }, req, res);
    } catch (error) {
      if (!(error instanceof AppError) || error.status !== 409) throw error;
      return parts.show(res.status(409), { id, note, problem: `error.${error.code}` });
    }
    res.redirect(303, page);
  };
}
