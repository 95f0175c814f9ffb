/**
 * The tasks that one member of staff may act on at this moment: the rows of `task_actor` for one person, found from that
 * person's side. A list and its counts read this; a proof reads the view.
 */

/** Whose own visit it is, who hosts it where others have to sign, or who signed beside it, does not sign; nor does anybody for them. */
const barred = (view: string) =>
  `exists (select from ${view} b where b.task_id = w.task_id and b.staff_id in ((select id from reader), w.behalf)`;

const whichOf = { open: `t.status = 'open'`, closed: `t.status <> 'open'` };

/**
 * SQL for a subquery of `task_id`, `via` and `behalf`, as in `task_actor`: a row for each right.
 *
 * @param staff SQL for a staff member's id
 */
export function tasksOf(staff: string, state: keyof typeof whichOf = 'open'): string {
  const which = whichOf[state];
  // Asked for each task, which is never many: as a join it would begin with all that was ever signed.
  const beside = state === 'open' ? `and not ${barred('signed_beside')} offset 0)` : '';
  return `(
  with reader as materialized (select ${staff}::uuid as id)
  select w.* from (
  with acting as materialized (select a.* from reader r cross join lateral acts_for(r.id) a),
  seat as materialized (
    select a.via, a.behalf, s.department_id, s.role, s.held from acting a cross join lateral acting_seats(a.staff_id) s)
  select t.id as task_id, s.via, s.behalf from seat s
  join task t on t.department_id = s.department_id and t.role = s.role
  where ${which} and t.people is null
  union all
  select t.id, a.via, a.behalf from acting a
  join signing_staff p on p.id = a.staff_id
  join task t on t.people @> array[p.id]
  where ${which}
  union all
  select t.id, case s.via when 'own' then 'ladder' else s.via end, s.behalf from task t
  join seat s on s.department_id = t.department_id and s.role = 'head'
  where ${which} and t.people is not null
    and not exists (select from signing_staff p where p.id = any (t.people))
  union all
  select t.id, case s.via when 'own' then 'ladder' else s.via end, s.behalf from task t
  join seat s on s.department_id = t.department_id and s.role in ('deputy', 'head') and s.held
  where ${which} and t.rung >= 3 and t.role <> 'security'
  union all
  select t.id, case s.via when 'own' then 'ladder' else s.via end, s.behalf from task t
  join seat s on s.department_id = t.department_id and s.role = 'security' and s.held
  where ${which} and t.rung >= 4) w
  where not ${barred('own_visit')}) ${beside})`;
}
