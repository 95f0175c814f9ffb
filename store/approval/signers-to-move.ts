import type { Knex } from 'knex';
import type { AddedPlace } from '../../domain/added-signer.ts';
import { seatKey } from '../../domain/kept-signatures.ts';
import type { Seat } from '../../domain/staff-role.ts';
import { actorsOf, type RequiredSeat, type Visited } from './seats.ts';
import { stillGiven } from './withdrawal.ts';

/** Who was added to tasks of a visit (加签), as far as another version of its policy has to know. */

export interface SignerToMove {
  /** Their task, and the one that they stand at now; null: by the version of now they have no place. */
  task: string;
  to: string | null;
  place: AddedPlace;
  /** Where they were added: the seat, see `seatKey`, the step and its place there. */
  seat: string;
  step: number;
  ordinal: number;
  /** Who could sign it, ids of staff. */
  actors: string[];
  /** Whom it names, ids: they sign nothing else of their step. */
  named: string[];
  signed?: { decision: string; staff: string; behalf: string | null; at: Date };
}

/** Everybody who was added and not taken out again, in that order; also whom an earlier move left out. */
export async function signersToMove(
  db: Knex,
  submission: string,
  visited: Pick<Visited, 'visiting'>,
): Promise<SignerToMove[]> {
  const { rows } = await db.raw<{ rows: Row[] }>(
    `select a.task_id as task, n.to_task as to, a.place, r.department_id, r.role, r.people, a.step, r.ordinal,
        coalesce(m.department_id, a.department_id) as at_department, coalesce(m.role, 'approver') as at_role,
        case when m.task_id is null then array[a.staff_id] else m.people end as named,
        g.request_id as decision, g.staff_id as staff, g.behalf_id as behalf, g.created_at as at
      from added_signer a
      join request q on q.id = a.request_id and q.status <> 'refused'
      left join lateral (select r.* from required_signature r left join policy_move w on w.request_id = r.move_id
        where r.submission_id = a.submission_id and r.step = a.step and r.task_id = a.to_task
          and (w.moved_at < a.added_at) is not false
        order by w.moved_at desc nulls last limit 1) r on true
      left join standing_signer n on n.task_id = a.task_id
      left join moved_seat m on m.task_id = a.task_id
      left join lateral (select d.* from request s join decision d on d.request_id = s.id and d.verdict = 'approved'
          and ${stillGiven('d')}
        where s.reservation_id = q.reservation_id and s.kind = 'decide' and s.status <> 'refused'
          and s.payload->>'task' = a.task_id::text
          and exists (select from signature g where g.request_id = d.request_id and g.submission_id = a.submission_id)
        order by d.created_at desc limit 1) g on true
      where a.submission_id = :submission and not exists (select from request w where w.kind = 'remove_signer'
        and w.payload->>'signer' = a.task_id::text and w.status <> 'refused')
      order by a.added_at, a.task_id`,
    { submission },
  );
  const signers: SignerToMove[] = [];
  for (const row of rows) {
    const at = { department: row.at_department, role: row.at_role, people: row.named };
    const own = await actorsOf(db, at, visited);
    // Of whom nobody serves any more, the head signs instead.
    const actors =
      own.length > 0 || !row.named ? own : await actorsOf(db, { ...at, role: 'head', people: null }, visited);
    signers.push(read(row, actors));
  }
  return signers;
}

interface Row {
  task: string;
  to: string | null;
  place: AddedPlace;
  department_id: string | null;
  role: string;
  people: string[] | null;
  step: number;
  ordinal: number | null;
  at_department: string;
  at_role: Seat;
  named: string[] | null;
  decision: string | null;
  staff: string;
  behalf: string | null;
  at: Date;
}

const read = (row: Row, actors: string[]): SignerToMove => ({
  task: row.task,
  to: row.to,
  place: row.place,
  seat: row.department_id ? seatKey({ department: row.department_id, role: row.role, people: row.people }) : '',
  step: row.step,
  ordinal: row.ordinal ?? -1,
  actors,
  named: row.named ?? [],
  ...(row.decision && { signed: { decision: row.decision, staff: row.staff, behalf: row.behalf, at: row.at } }),
});

/** Whose an open task is since it was passed on, beside the seat that the version of now asks of it. */
export interface PassedOn {
  seat: string;
  to: RequiredSeat;
}

export async function passedOn(db: Knex, submission: string): Promise<PassedOn[]> {
  const rows: (RequiredSeat & { at_department: string; at_role: string; at_people: string[] | null })[] = await db(
    'task as t',
  )
    .join('moved_seat as m', 'm.task_id', 't.id')
    .join('required_now as r', 'r.task_id', 't.id')
    .where({ 't.submission_id': submission, 'r.submission_id': submission, 't.status': 'open' })
    .orderBy('t.ordinal')
    .select(
      'm.department_id as department',
      'm.role',
      'm.people',
      'r.department_id as at_department',
      'r.role as at_role',
      'r.people as at_people',
    );
  return rows.map(({ at_department, at_role, at_people, ...to }) => ({
    seat: seatKey({ department: at_department, role: at_role, people: at_people }),
    to,
  }));
}
