import type { Knex } from 'knex';

/**
 * When a visitor, or the companion for whom they book, is expected on a campus already: by the rule of overlap (store/admission.ts), those times cannot be
 * asked for once more.
 *
 * @param apart a reservation that is being corrected does not stand in its own way
 */
export async function openWindowsOf(
  db: Knex,
  visitor: string,
  { campus, apart, companion }: { campus: string; apart?: string | undefined; companion?: string | undefined },
): Promise<{ from: Date; until: Date }[]> {
  const rows = await db('reservation')
    .where({ visitor_id: visitor, campus_id: campus })
    .whereIn('stage', ['approval', 'pass', 'notification', 'visit'])
    .andWhere('visit_until', '>', db.fn.now())
    .whereRaw(
      `(select companion_id from reservation_person where submission_id = reservation.submission_id and ordinal = 0)
        is not distinct from ?::uuid`,
      [companion ?? null],
    )
    .modify((query) => apart && query.whereNot('id', apart))
    .select<{ from: Date; until: Date }[]>({ from: 'visit_from', until: 'visit_until' });
  return rows;
}
