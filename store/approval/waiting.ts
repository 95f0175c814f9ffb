import { isAhead } from '../reservations/behind.ts';

/** SQL beside reservation `r`: an open task of it waits. One that was called off does not, also before its row says so. */
export const notCalledOff = `not exists (select from request q where ${isAhead}
  and q.kind in ('cancel', 'revoke') and q.answer->>'stage' = 'closed')`;

/** SQL for how many tasks `openTasks` has, for the number beside the inbox's name. @param staff SQL for a staff member's id. */
export const openTaskCount = (staff: string): string =>
  `(select count(*)::int from task t join reservation r on r.id = t.reservation_id
    where t.status = 'open' and ${notCalledOff}
    and exists (select from task_actor m where m.task_id = t.id and m.staff_id = ${staff}))`;
