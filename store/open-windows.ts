import type { Knex } from 'knex';

/**
 * When a visitor is expected on a campus already: by the rule of overlap (store/admission.ts), those times cannot be
 * asked for once more.
 *
 * @param apart a reservation that is being corrected does not stand in its own way
 */
export async function openWindowsOf(
  db: Knex,
  visitor: string,
  { campus, apart }: { campus: string; apart?: string | undefined },
): Promise<{ from: Date; until: Date }[]> {
  const rows = await db('reservation')
    .where({ visitor_id: visitor, campus_id: campus })
    .whereIn('stage', ['approval', 'pass', 'notification', 'visit'])
    .andWhere('visit_until', '>', db.fn.now())
    .modify((query) => apart && query.whereNot('id', apart))
    .select<{ from: Date; until: Date }[]>({ from: 'visit_from', until: 'visit_until' });
  return rows;
}
