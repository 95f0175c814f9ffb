import type { Knex } from 'knex';
import { holder, type Pass } from './pass.ts';

/** In whose hands a version of a pass is: on paper, or seen by its holder. */

/** The first time counts: from then on there is paper. */
export async function markPrinted(trx: Knex, { id, version }: Pick<Pass, 'id' | 'version'>): Promise<void> {
  await trx('pass').where({ id, version, printed_at: null }).update({ printed_at: trx.fn.now() });
}

/** The last time counts. Only for the holder: somebody else with a visit code is kept as an opening (pass-opening.ts). */
export async function markShown(db: Knex, { id, version }: Pick<Pass, 'id' | 'version'>): Promise<void> {
  await db('pass').where({ id, version }).update({ shown_at: db.fn.now() });
}

/** SQL for whether a visitor saw a pass of theirs in a reservation since a moment. */
export const sawPassSince = (of: { reservation: string; visitor: string; since: string }): string =>
  `exists (select from pass p join reservation r on r.id = p.reservation_id
    where p.reservation_id = ${of.reservation} and p.shown_at > ${of.since} and ${holder} = ${of.visitor})`;
