import type { Knex } from 'knex';
import { maskName } from '../../domain/masking.ts';
import { approvedStages, type Outcome, type Stage } from '../../domain/reservation.ts';
import { foldName } from '../../domain/text.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { rowCipher } from '../../platform/row-cipher.ts';
import { boundsOfToday, isAtDesk } from '../approval/revocation.ts';
import type { VisitColumns } from '../reservations/accompanied.ts';
import { ahead, layOver } from '../reservations/behind.ts';

/** What a security desk looks after: today's approved visits at its campus, and what became of them. */

export interface DeskLine {
  id: string;
  stage: Stage;
  outcome: Outcome | null;
  campus: string;
  department: string;
  from: Date;
  until: Date;
  persons: number;
  /** The lead visitor's name, masked; null once it was erased. */
  lead: string | null;
  /** How many of the party were seen last going in. */
  inside: number;
}

/** What somebody at a gate says of themselves; in the forms that are kept. */
export interface DeskTerm {
  name?: string;
  /** The last digits, four at least. */
  phoneTail?: string;
  plate?: string;
  gateCode?: string;
}

/** Of a day; a desk that has more is asked to search by day of another page. */
const mostVisits = 5_000;

/**
 * Visits that go on or come first. With a term those of them that somebody fits, by their name, the end of their phone, their
 * plate or their gate code: compared in clear, within the day and the campus, since only whole phones and documents are
 * kept in a form that can be looked up.
 */
export async function visitsAtDesk(
  db: Knex,
  cipher: FieldCipher,
  staff: string,
  { limit, term }: { limit: number; term?: DeskTerm },
): Promise<DeskLine[]> {
  const rows: DeskRow[] = await atDesk(db, staff)
    .select(
      'r.id',
      'r.stage',
      'r.outcome',
      'r.campus_id',
      'r.department_id',
      'r.visit_from',
      'r.visit_until',
      'r.persons',
      'p.id as person_row',
      'p.name_enc',
      db.raw(`${ahead} as ahead`),
      db.raw(`(select count(*)::int from (select distinct on (e.ordinal) e.direction from gate_event e
        where e.reservation_id = r.id and e.annulled_at is null order by e.ordinal, e.occurred_at desc) last where last.direction = 'in') as inside`),
    )
    .leftJoin('reservation_person as p', (on) => on.on('p.submission_id', 'r.submission_id').andOnVal('p.ordinal', 0))
    .orderByRaw(`r.stage = 'closed', r.visit_from, r.id`)
    .limit(term ? mostVisits : limit);
  const fitting = term ? await fittingVisits(db, cipher, rows, term) : undefined;
  return rows
    .filter(({ id }) => fitting?.has(id) ?? true)
    .slice(0, limit)
    .map((row) => readLine(cipher, row));
}

/** Whether this visit is one that the desk looks after now. */
export async function isVisitAtDesk(db: Knex, staff: string, reservation: string): Promise<boolean> {
  return (await atDesk(db, staff).where('r.id', reservation).first('r.id')) !== undefined;
}

const atDesk = (db: Knex, staff: string) =>
  db('reservation as r')
    .whereRaw(isAtDesk, { staff, ...boundsOfToday() })
    .whereNotNull('r.submission_id')
    .where((shown) =>
      shown
        .whereIn('r.stage', [...approvedStages])
        .orWhereIn('r.outcome', ['completed', 'no_show', 'revoked'])
        .orWhereRaw(
          `exists (select from payment_order o join payment_refund f on f.order_id = o.id
            where o.reservation_id = r.id and f.status = 'counter')`,
        ),
    );

async function fittingVisits(
  db: Knex,
  cipher: FieldCipher,
  visits: { id: string }[],
  { name, phoneTail, plate, gateCode }: DeskTerm,
): Promise<Set<string>> {
  const ids = visits.map(({ id }) => id);
  const people = await db('reservation_person as p')
    .join('reservation as r', 'r.submission_id', 'p.submission_id')
    .whereIn('r.id', ids)
    .whereNull('p.erased_at')
    .select('p.id', 'p.reservation_id', 'p.name_enc', 'p.phone_enc', 'p.plate_enc');
  const fits = people.filter((row) => {
    const { open } = rowCipher(cipher, 'reservation_person', row.id);
    return (
      (name !== undefined && foldName(open('name_enc', row.name_enc) ?? '') === foldName(name)) ||
      (phoneTail !== undefined && (open('phone_enc', row.phone_enc)?.endsWith(phoneTail) ?? false)) ||
      (plate !== undefined && open('plate_enc', row.plate_enc) === plate)
    );
  });
  const coded = gateCode === undefined ? [] : await withGateCode(db, cipher, ids, gateCode);
  return new Set([...fits.map((row) => row.reservation_id as string), ...coded]);
}

async function withGateCode(db: Knex, cipher: FieldCipher, ids: string[], code: string): Promise<string[]> {
  const passes = await db('pass')
    .whereIn('reservation_id', ids)
    .whereNotNull('gate_code_enc')
    .select('id', 'version', 'reservation_id', 'gate_code_enc');
  return passes
    .filter(({ id, version, gate_code_enc }) => {
      const address = { table: 'pass', column: 'gate_code_enc', row: `${id}/${version}` };
      return cipher.open(address, gate_code_enc) === code;
    })
    .map((pass) => pass.reservation_id);
}

interface DeskRow extends VisitColumns {
  id: string;
  persons: number;
  person_row: string;
  name_enc: Buffer | null;
  inside: number;
  ahead: Parameters<typeof layOver>[1];
}

function readLine(cipher: FieldCipher, row: DeskRow): DeskLine {
  const name = row.name_enc && rowCipher(cipher, 'reservation_person', row.person_row).open('name_enc', row.name_enc);
  const { stage, outcome } = layOver({ stage: row.stage, outcome: row.outcome }, row.ahead);
  return {
    id: row.id,
    stage,
    outcome,
    campus: row.campus_id,
    department: row.department_id,
    from: row.visit_from,
    until: row.visit_until,
    persons: row.persons,
    lead: name ? maskName(name) : null,
    inside: row.inside,
  };
}
