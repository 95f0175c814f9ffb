import type { Knex } from 'knex';
import { maskName } from '../../domain/masking.ts';
import { type Channel, draftStages, type Outcome, type Stage } from '../../domain/reservation.ts';
import type { FieldCipher } from '../../platform/crypto.ts';

/** How admins find reservations: filtered lists and look-ups by blind index, always paged by (created_at, id). */

export interface ReservationFilter {
  /** `draft`: never submitted; without a stage only submitted reservations are listed. */
  stage?: Stage | 'draft';
  outcome?: Outcome;
  department?: string;
  /** The visit begins within these instants; `until` excluded. */
  visit?: { from: Date; until: Date };
  /** Blind indexes of a phone, as in `visitor.phone_hash`; also of accounts a reassigned number replaced. */
  phoneHashes?: Buffer[];
  /** Blind indexes of a document number as somebody submitted it. */
  documentHashes?: Buffer[];
}

export interface ReservationLine {
  id: string;
  stage: Stage;
  outcome: Outcome | null;
  channel: Channel | null;
  campus: string | null;
  department: string | null;
  from: Date | null;
  until: Date | null;
  /** The lead visitor's name, masked; null for a draft, and once it was erased. */
  lead: string | null;
  erased: boolean;
  createdAt: Date;
}

/** Newest first. `after` and `next` are ids of a page's last reservation; `next` is set when there is more. */
export async function searchReservations(
  db: Knex,
  cipher: FieldCipher,
  filter: ReservationFilter,
  page: { limit: number; after?: string },
): Promise<{ lines: ReservationLine[]; next?: string }> {
  const query = db('reservation as r')
    .leftJoin('reservation_person as p', (on) => on.on('p.submission_id', 'r.submission_id').andOnVal('p.ordinal', 0))
    .select<Row[]>({
      id: 'r.id',
      stage: 'r.stage',
      outcome: 'r.outcome',
      channel: 'r.channel',
      campus: 'r.campus_id',
      department: 'r.department_id',
      from: 'r.visit_from',
      until: 'r.visit_until',
      createdAt: 'r.created_at',
      person: 'p.id',
      sealedName: 'p.name_enc',
    })
    .orderBy([
      { column: 'r.created_at', order: 'desc' },
      { column: 'r.id', order: 'desc' },
    ])
    .limit(page.limit + 1);

  if (filter.stage === 'draft') query.whereIn('r.stage', [...draftStages]);
  else if (filter.stage) query.where('r.stage', filter.stage);
  if (!filter.stage && !filter.phoneHashes) query.whereNotNull('r.submission_id');
  if (filter.outcome) query.where('r.outcome', filter.outcome);
  if (filter.department) query.where('r.department_id', filter.department);
  if (filter.visit) {
    query.where('r.visit_from', '>=', filter.visit.from).andWhere('r.visit_from', '<', filter.visit.until);
  }
  if (filter.phoneHashes) {
    query.whereIn('r.visitor_id', db('visitor').select('id').whereIn('phone_hash', filter.phoneHashes));
  }
  if (filter.documentHashes) {
    query.whereIn(
      'r.id',
      db('reservation_person').select('reservation_id').whereIn('document_hash', filter.documentHashes),
    );
  }
  if (page.after) {
    query.whereRaw('(r.created_at, r.id) < (select created_at, id from reservation where id = ?)', [page.after]);
  }

  const rows = await query;
  const lines = rows.slice(0, page.limit);
  const last = lines.at(-1);
  return {
    lines: lines.map((row) => readLine(cipher, row)),
    ...(rows.length > page.limit && last ? { next: last.id } : {}),
  };
}

type Row = Omit<ReservationLine, 'lead' | 'erased'> & { person: string | null; sealedName: Buffer | null };

function readLine(cipher: FieldCipher, { person, sealedName, ...line }: Row): ReservationLine {
  const name =
    person && sealedName && cipher.open({ table: 'reservation_person', column: 'name_enc', row: person }, sealedName);
  return { ...line, lead: name ? maskName(name) : null, erased: person !== null && sealedName === null };
}
