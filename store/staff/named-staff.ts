import type { Knex } from 'knex';

/** Members of staff who may be named in a policy: in service and with a role, by name. */
export const namedStaff = (db: Knex): Promise<{ id: string; name: string; username: string }[]> =>
  db('staff as s')
    .whereNull('s.left_at')
    .whereExists(db('staff_role as r').whereRaw('r.staff_id = s.id'))
    .orderBy(['s.name', 's.username'])
    .limit(500)
    .select('s.id', 's.name', 's.username');
