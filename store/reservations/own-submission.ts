import type { Knex } from 'knex';
import type { Stage } from '../../domain/reservation.ts';

/** A submission among a visitor's own, and how its reservation stands. */
export interface OwnSubmission {
  id: string;
  reservation: string;
  stage: Stage;
  /** Whether the reservation has passed its admission: before, it is a draft. */
  submitted: boolean;
}

/** Finds a submission by its own id, or as the standing one of a reservation; undefined when it is somebody else's or was erased. */
export async function findOwnSubmission(
  db: Knex,
  visitor: string,
  by: { submission: string } | { reservation: string },
): Promise<OwnSubmission | undefined> {
  const row = await db('submission as s')
    .join('reservation as r', 'r.id', 's.reservation_id')
    .where({ 'r.visitor_id': visitor })
    .whereNull('s.erased_at')
    .modify((query) => {
      if ('submission' in by) query.where('s.id', by.submission);
      else query.whereRaw('r.submission_id = s.id').where('r.id', by.reservation);
    })
    .first('s.id', 's.reservation_id', 'r.stage', 'r.submission_id');
  return (
    row && { id: row.id, reservation: row.reservation_id, stage: row.stage, submitted: row.submission_id !== null }
  );
}
