import type { Knex } from 'knex';
import { countOf, type Incident, touchedBy } from './touched.ts';

/**
 * A visit that was opened to somebody whom it does not concern: everybody of it, with how often its pages were opened with a
 * code alone, how often staff looked at it, and how many entries gates saw.
 *
 * @returns undefined where there is no such visit
 */
export async function touchedByVisit(db: Knex, { visit }: { visit: string }): Promise<Incident | undefined> {
  if (!(await db('reservation').where({ id: visit }).first('id'))) return undefined;
  const of = { visit };
  return {
    touched: await touchedBy(db, everybody, of),
    figures: {
      page_openings: await countOf(db, 'select count(*) from pass_opening where reservation_id = :visit', of),
      staff_looks: await countOf(
        db,
        `select count(*) from audit where subject_kind = 'reservation' and subject_id = cast(:visit as text)
          and actor_kind = 'staff' and action in ('task_viewed', 'reservation_viewed', 'evidence_viewed',
            'document_unmasked', 'photo_viewed')`,
        of,
      ),
      entries: await countOf(db, 'select count(*) from gate_event where reservation_id = :visit', of),
    },
  };
}

const everybody = `select 'visit' as kind, id, null::int as ordinal, 'visit_opened' as what
  from reservation where id = :visit`;
