import type { Knex } from 'knex';
import { maskName } from '../../domain/masking.ts';
import type { Channel } from '../../domain/reservation.ts';
import { decideBy } from '../../domain/visit-window.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { stageAnswered } from '../reservations/behind.ts';

/** Visits that wait for their approval by another version of a policy, and may be moved to this one. */

export interface MovableVisit {
  id: string;
  submission: string;
  /** Who comes. */
  ordinals: number[];
  /** The lead visitor's name, masked; null once it was erased. */
  lead: string | null;
  channel: Channel;
  department: string;
  campus: string;
  from: Date;
  until: Date;
  /** The version that it goes by, as a number. */
  version: number;
  /** Undecided by then, it ends. Epoch milliseconds. */
  decideBy: number;
}

/** A version of a policy that visits may be moved to: the newest, or one that they went by before. */
export interface MoveTarget {
  policy: string;
  /** Its id. */
  version: string;
  isNewest: boolean;
}

/** The newest first. `after` and `next` are ids of a page's last visit; `next` is set when there is more. */
export async function movableVisits(
  db: Knex,
  cipher: FieldCipher,
  target: MoveTarget,
  page: { limit: number; after?: string | undefined },
): Promise<{ visits: MovableVisit[]; next?: string }> {
  const query = visitsFor(db, target)
    .orderBy([
      { column: 'r.created_at', order: 'desc' },
      { column: 'r.id', order: 'desc' },
    ])
    .limit(page.limit + 1);
  if (page.after)
    query.whereRaw('(r.created_at, r.id) < (select created_at, id from reservation where id = ?)', [page.after]);
  const rows: Row[] = await query;
  const visits = rows.slice(0, page.limit).map((row) => read(cipher, row));
  const last = visits.at(-1);
  return { visits, ...(rows.length > page.limit && last ? { next: last.id } : {}) };
}

/** Those of them, in the order in which they are named. */
export async function theseMovableVisits(
  db: Knex,
  cipher: FieldCipher,
  target: MoveTarget,
  ids: readonly string[],
): Promise<MovableVisit[]> {
  const rows: Row[] = await visitsFor(db, target).whereIn('r.id', [...ids]);
  const found = rows.map((row) => read(cipher, row));
  return ids.flatMap((id) => found.find((one) => one.id === id) ?? []);
}

/** Back to a version goes what went by it before, so that the page of a version of long ago lists no visit of today. */
function visitsFor(db: Knex, { policy, version, isNewest }: MoveTarget) {
  const query = db('reservation as r')
    .join('submission as s', 's.id', 'r.submission_id')
    .join('compiled_policy as a', 'a.submission_id', 's.id')
    .join('compiled_now as c', 'c.submission_id', 's.id')
    .join('approval_policy_version as v', 'v.id', 'c.version_id')
    .leftJoin('reservation_person as p', (on) => on.on('p.submission_id', 's.id').andOnVal('p.ordinal', 0))
    .where({ 'r.stage': 'approval', 'v.policy_id': policy })
    .whereNot('v.id', version)
    .whereRaw(`${stageAnswered} = 'approval'`)
    .select(
      'r.id',
      'r.ordinals',
      's.id as submission',
      's.channel',
      's.department_id',
      's.campus_id',
      's.visit_from',
      's.visit_until',
      'v.version',
      'a.compiled_at',
      'p.id as person',
      'p.name_enc',
    );
  if (isNewest) return query;
  return query.whereRaw(
    `(a.version_id = :version or exists (select from policy_move m join request q on q.id = m.request_id
      and q.status <> 'refused' where m.submission_id = s.id and m.version_id = :version))`,
    { version },
  );
}

interface Row {
  id: string;
  ordinals: number[];
  submission: string;
  channel: Channel;
  department_id: string;
  campus_id: string;
  visit_from: Date;
  visit_until: Date;
  version: number;
  compiled_at: Date;
  person: string | null;
  name_enc: Buffer | null;
}

const read = (cipher: FieldCipher, row: Row): MovableVisit => ({
  id: row.id,
  submission: row.submission,
  ordinals: row.ordinals,
  lead: maskedLead(cipher, row),
  channel: row.channel,
  department: row.department_id,
  campus: row.campus_id,
  from: row.visit_from,
  until: row.visit_until,
  version: row.version,
  decideBy: decideBy({ from: row.visit_from, until: row.visit_until }, row.compiled_at),
});

export function maskedLead(
  cipher: FieldCipher,
  { person, name_enc }: { person: string | null; name_enc: Buffer | null },
): string | null {
  if (!person || !name_enc) return null;
  return maskName(cipher.open({ table: 'reservation_person', column: 'name_enc', row: person }, name_enc));
}
