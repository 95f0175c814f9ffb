import { isAhead } from '../reservations/behind.ts';
import { tasksOf } from './scope.ts';

/** SQL beside reservation `r`: an open task of it waits. One that was called off does not, also before its row says so. */
export const notCalledOff = `not exists (select from request q where ${isAhead}
  and q.kind in ('cancel', 'revoke') and q.answer->>'stage' = 'closed')`;

/** SQL for how many open tasks the inbox lists, for the number beside its name. @param staff SQL for a staff member's id. */
export const openTaskCount = (staff: string): string =>
  `(select count(distinct m.task_id)::int from ${tasksOf(staff)} m join task t on t.id = m.task_id
    join reservation r on r.id = t.reservation_id where ${notCalledOff})`;
