import type { Knex } from 'knex';

/**
 * What opens a gate or a page is forgotten: a pass's tokens, its gate code and its 访客验证码. The row stays for the record.
 * No gate is told: each lets go of what it knows a day after the pass ends.
 */

/** Everybody a pass was made for is erased. */
const ofNobody = `not exists (select from reservation_person w
  where w.reservation_id = p.reservation_id and w.ordinal = p.ordinal and w.erased_at is null)`;

/** Passes on these visits whose people were erased. @returns how many */
export const emptyPassesOfErased = (trx: Knex, reservations: string[]): Promise<number> =>
  emptyPasses(trx, `p.reservation_id = any(?::uuid[]) and ${ofNobody}`, [reservations]);

/** Erases passes that ended so long ago, every version of them, and what erased visitors have left. @returns how many rows */
export const emptySpentPasses = (trx: Knex, { days, batch }: { days: number; batch: number }): Promise<number> =>
  emptyPasses(
    trx,
    `(${ofNobody} or not exists (select from pass v where v.id = p.id and v.valid_until >= now() - ? * interval '1 day'))
      limit ?`,
    [days, batch],
  );

async function emptyPasses(trx: Knex, which: string, bindings: (number | string[])[]): Promise<number> {
  const { rows } = await trx.raw<{ rows: { id: string; reservation_id: string; ordinal: number }[] }>(
    `update pass set token_enc = null, static_token_enc = null, gate_code_enc = null,
      document_proof_enc = null
      where (id, version) in (select p.id, p.version from pass p where p.token_enc is not null and ${which})
      returning id, reservation_id, ordinal`,
    bindings,
  );
  await trx('visit_code')
    .whereIn(
      'pass_id',
      rows.map(({ id }) => id),
    )
    .delete();
  for (const { reservation_id, ordinal } of rows) {
    // What no gate is served any more (store/gates/feed.ts): it names the person, sealed.
    await trx('gate_feed as f')
      .where({ 'f.reservation_id': reservation_id, 'f.ordinal': ordinal })
      .whereRaw(
        `(f.kept_until <= now() or exists (select from gate_feed n where n.gate_id = f.gate_id
          and n.reservation_id = f.reservation_id and n.ordinal = f.ordinal and n.position > f.position))`,
      )
      .delete();
  }
  return rows.length;
}
