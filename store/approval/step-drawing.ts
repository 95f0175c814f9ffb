import type { Knex } from 'knex';
import type { AddedPlace } from '../../domain/added-signer.ts';
import type { TaskStatus } from '../../domain/request.ts';
import type { Seat } from '../../domain/staff-role.ts';

/** The steps of approval that a submission goes through, as they stand. */

export interface DrawnStep {
  /** How many of its signatures are enough. */
  need: number;
  /** Milliseconds from its opening, and what happens at their end; left out: it has all the time. */
  within?: number;
  late?: 'lapse' | 'climb';
  /** `later`: its turn has not come. `over`: it is not needed any more. */
  state: 'later' | 'asked' | 'signed' | 'refused' | 'over';
  seats: DrawnSeat[];
}

export interface DrawnSeat {
  /** Its task; null before its step's turn. */
  task: string | null;
  department: string;
  role: Seat;
  /** Members of staff who are named, ids; null: the role. */
  people: string[] | null;
  /** Who may not sign, ids. */
  notBy: string[] | null;
  status: TaskStatus | null;
  /** Who answered, for whom, and when. */
  by: string | null;
  behalf: string | null;
  at: Date | null;
  openedAt: Date | null;
  /** Somebody was added, to sign before or after one of the policy's. */
  added: AddedPlace | null;
}

type CompiledStep = Pick<DrawnStep, 'need' | 'within' | 'late'>;

/** In order. Nothing for what an earlier release admitted, which kept no steps. */
export async function drawnSteps(db: Knex, submission: string): Promise<DrawnStep[]> {
  const compiled = await db('compiled_now').where({ submission_id: submission }).first('steps');
  if (!compiled) return [];
  const { rows } = await db.raw<{ rows: (DrawnSeat & { step: number })[] }>(
    `select r.step, t.id as task, coalesce(t.department_id, r.department_id) as department, coalesce(t.role, r.role) as role,
        case when t.id is null then r.people else t.people end as people, r.not_by as "notBy", t.status,
        coalesce(d.created_at, t.closed_at) as at, t.opened_at as "openedAt",
        d.staff_id as by, d.behalf_id as behalf,
        (select n.place from standing_signer n where n.task_id = r.task_id) as added
      from asked_signature r
      join submission s on s.id = r.submission_id
      left join lateral (select * from task k where k.reservation_id = s.reservation_id and k.submission_id = s.id
        and k.step = r.step and k.ordinal = r.ordinal and k.round = (select max(n.round) from task n
          where n.reservation_id = s.reservation_id and n.submission_id = s.id)) t on true
      left join decision d on d.request_id = t.decision_id and t.status in ('approved', 'rejected', 'returned')
      where r.submission_id = :submission order by r.step, r.ordinal`,
    { submission },
  );
  const steps: DrawnStep[] = [];
  for (const [number, { need, within, late }] of (compiled.steps as CompiledStep[]).entries()) {
    const seats = rows.filter(({ step }) => step === number);
    const asked = need + seats.filter(({ added }) => added).length;
    const state = stateOf(seats, asked, steps.at(-1)?.state);
    steps.push({
      need,
      ...(within !== undefined && late && { within, late }),
      state,
      seats: seats.map(({ step: _, ...seat }) => seat),
    });
  }
  return steps;
}

function stateOf(
  seats: { status: TaskStatus | null }[],
  need: number,
  before: DrawnStep['state'] = 'signed',
): DrawnStep['state'] {
  const has = (...statuses: TaskStatus[]) => seats.filter(({ status }) => status && statuses.includes(status)).length;
  if (has('rejected', 'returned') > 0) return 'refused';
  if (before === 'asked' || before === 'later') return 'later';
  if (has('approved') >= need) return 'signed';
  if (has('open') > 0) return 'asked';
  return before === 'signed' && seats.every(({ status }) => status === null) ? 'later' : 'over';
}
