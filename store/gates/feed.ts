import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { type FeedPage, type FeedRow, feedPageRows, mostAhead } from '../../domain/feed.ts';
import type { Transaction } from '../../platform/db.ts';

/**
 * The append-only feed of each gate. Positions are gapless per gate, and commit in their order. Each has a mark, drawn at
 * random: after a database was restored, the same position has another one.
 */

export interface FeedEntry {
  campus: string;
  kind: FeedRow['kind'];
  reservation: string;
  ordinal: number;
  version: number;
  validFrom: Date;
  validUntil: Date;
  /** Seals what this gate is told to the gate's own X25519 key (32 raw bytes). */
  seal(gate: { id: string; sealingKey: Buffer }): Buffer;
}

/**
 * Tells every gate in service of a campus, in the transaction that writes the pass. The same entry again changes
 * nothing. A row is kept until the latest end of any version so far: a gate that forgot the newest one would let an
 * older one open again that lasts longer. Gates are locked in id order until the transaction ends, so what commits later
 * has the higher position.
 */
export async function appendToFeed(trx: Transaction, entry: FeedEntry): Promise<void> {
  const gates = await trx('gate')
    .where({ campus_id: entry.campus, retired_at: null })
    .orderBy('id')
    .select('id', 'sealing_key', 'feed_mark')
    .forNoKeyUpdate();
  const pass = { reservation_id: entry.reservation, ordinal: entry.ordinal, version: entry.version, kind: entry.kind };
  const known = await trx('gate_feed')
    .where({ reservation_id: pass.reservation_id, ordinal: pass.ordinal })
    .whereIn('gate_id', ids(gates))
    .select('gate_id', 'version', 'kind', 'kept_until');
  const told = known.filter(({ version, kind }) => version === pass.version && kind === pass.kind);
  const keptUntil = new Date(Math.max(...[entry.validUntil, ...known.map((row) => row.kept_until)].map(Number)));
  for (const gate of gates.filter(({ id }) => told.every(({ gate_id }) => gate_id !== id))) {
    const mark = randomUUID();
    const [moved] = await trx('gate')
      .where({ id: gate.id })
      .update({ feed_position: trx.raw('feed_position + 1'), feed_mark: mark })
      .returning('feed_position');
    await trx('gate_feed').insert({
      ...pass,
      gate_id: gate.id,
      position: moved.feed_position,
      mark,
      previous_mark: gate.feed_mark,
      valid_from: entry.validFrom,
      valid_until: entry.validUntil,
      kept_until: keptUntil,
      sealed: entry.seal({ id: gate.id, sealingKey: gate.sealing_key }),
    });
  }
}

const ids = (gates: { id: string }[]): string[] => gates.map(({ id }) => id);

/**
 * The compacted feed after a position: of each pass only its newest row, and nothing that no version outlasts.
 * Read from 0 it is a snapshot. `through` is where the next page goes on; `head` is the newest position.
 */
export async function readFeed(
  db: Knex,
  gate: string,
  after: number,
  limit = feedPageRows,
): Promise<Pick<FeedPage, 'through' | 'head' | 'epoch' | 'fromMark' | 'throughMark' | 'rows' | 'ahead'>> {
  // The head first: rows up to it are committed, also while others are appended.
  const {
    feed_position: head,
    feed_mark: headMark,
    feed_epoch: epoch,
  } = await db('gate').where({ id: gate }).first('feed_position', 'feed_mark', 'feed_epoch');
  const fromMark = after === head ? headMark : await markOf(db, gate, after);
  const found = await newestRows(db, { gate, after, head, limit });
  const rows = found.map((row): FeedRow => ({ ...readRow(row), sealed: row.sealed.toString('base64') }));
  const isLast = rows.length < limit;
  const through = isLast ? Math.max(head, after) : (rows.at(-1)?.position ?? head);
  const throughMark = isLast ? headMark : (found.at(-1)?.mark ?? headMark);
  const ahead = isLast
    ? undefined
    : (await newestRows(db, { gate, after: through, head, limit: mostAhead, kind: 'revoked' })).map(readRow);
  return { through, head, epoch, fromMark, throughMark, rows, ...(ahead && { ahead }) };
}

/** Of each pass only its newest row up to the head, where any version of it still matters. */
function newestRows(
  db: Knex,
  { gate, after, head, limit, kind }: { gate: string; after: number; head: number; limit: number; kind?: 'revoked' },
) {
  return db('gate_feed as f')
    .where({ 'f.gate_id': gate, ...(kind && { 'f.kind': kind }) })
    .andWhere('f.position', '>', after)
    .andWhere('f.position', '<=', head)
    .andWhere('f.kept_until', '>', db.fn.now())
    .whereNotExists((newer) =>
      newer
        .from('gate_feed as n')
        .whereRaw('n.gate_id = f.gate_id and n.reservation_id = f.reservation_id and n.ordinal = f.ordinal')
        .whereRaw('n.position > f.position')
        .andWhere('n.position', '<=', head),
    )
    .orderBy('f.position')
    .limit(limit);
}

const readRow = (row: {
  position: number;
  kind: FeedRow['kind'];
  reservation_id: string;
  ordinal: number;
  version: number;
  valid_from: Date | null;
  valid_until: Date;
  kept_until: Date;
}): Omit<FeedRow, 'sealed'> => ({
  position: row.position,
  kind: row.kind,
  reservation: row.reservation_id,
  ordinal: row.ordinal,
  version: row.version,
  ...(row.valid_from ? { validFrom: row.valid_from.getTime() } : {}),
  validUntil: row.valid_until.getTime(),
  keptUntil: row.kept_until.getTime(),
});

/** The mark of a position; null at the beginning, and where neither its row nor the next one is kept any more. */
async function markOf(db: Knex, gate: string, position: number): Promise<string | null> {
  if (position === 0) return null;
  const rows = await db('gate_feed')
    .where({ gate_id: gate })
    .whereIn('position', [position, position + 1])
    .orderBy('position')
    .select('position', 'mark', 'previous_mark');
  const [row] = rows;
  return row === undefined ? null : Number(row.position) === position ? row.mark : row.previous_mark;
}
