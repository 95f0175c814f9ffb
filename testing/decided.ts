import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';

/** The department's approval of a submission, as its inbox leaves it: the task, the request and the decision beside it. */
export async function decided(
  owner: Knex,
  { reservation, submission }: { reservation: string; submission: string },
): Promise<void> {
  const [task, request, staff] = [randomUUID(), randomUUID(), randomUUID()];
  const { department_id: department } = await owner('submission').where({ id: submission }).first('department_id');
  const { rows } = await owner.raw(`select count(*)::int as round from task where reservation_id = ?`, [reservation]);
  await owner('staff').insert({
    id: staff,
    username: `decider.${staff.slice(0, 8)}`,
    password_hash: '-',
    name: '王老师',
  });
  await owner('request').insert({
    id: request,
    reservation_id: reservation,
    kind: 'decide',
    actor_kind: 'staff',
    actor_id: staff,
    payload: JSON.stringify({ task, verdict: 'approved' }),
    status: 'answered',
    answer: JSON.stringify({ ok: true, stage: 'pass', seq: 1 }),
  });
  await owner('decision').insert({
    request_id: request,
    reservation_id: reservation,
    staff_id: staff,
    verdict: 'approved',
    submission_id: submission,
    department_id: department,
  });
  await owner('task').insert({
    id: task,
    reservation_id: reservation,
    seq: 1,
    round: rows[0].round,
    step: 0,
    ordinal: 0,
    department_id: department,
    submission_id: submission,
    status: 'approved',
    decision_id: request,
    opened_at: new Date(),
    decide_by: new Date(),
    closed_at: new Date(),
  });
}
