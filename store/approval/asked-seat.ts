/**
 * Whose signature a task is by rows, whatever its workflow was told: the seat that somebody with the right passed it on to
 * last, else the one that admission or a move to another version of the policy asked, or somebody was added to, else – of an
 * earlier release – the approvers of the visited department.
 */

/** SQL: what `isAskedThere` needs, beside `task t`. */
export const askedSeat = `
  join submission s on s.id = t.submission_id
  left join asked_signature r on r.submission_id = t.submission_id and r.step = t.step and r.ordinal = t.ordinal
  left join moved_seat m on m.task_id = t.id`;

/** SQL: the task is at that seat. */
export const isAskedThere = `t.department_id = coalesce(m.department_id, r.department_id, s.department_id)
  and t.role = coalesce(m.role, r.role, 'approver')
  and t.people is not distinct from case when m.task_id is null then r.people else m.people end`;
