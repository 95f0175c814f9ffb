import type { Knex } from 'knex';
import type { StaffRole } from '../../domain/staff-role.ts';
import { endStaffSessions } from './staff-session.ts';

/** Roles that staff hold: given and taken, each for a department or for the whole university. */

export interface RoleOf {
  staff: string;
  role: StaffRole;
  /** Null: the whole university. */
  department: string | null;
}

/** The names of those who hold a role of a department, by its id. Nobody who has left. */
export async function holdersByDepartment(db: Knex, role: StaffRole): Promise<Map<string, string[]>> {
  const rows = await db('staff_role as r')
    .join('staff as s', 's.id', 'r.staff_id')
    .where({ 'r.role': role })
    .whereNotNull('r.department_id')
    .whereNull('s.left_at')
    .orderBy('r.since')
    .select<{ department: string; name: string }[]>('r.department_id as department', 's.name');
  const holders = new Map<string, string[]>();
  for (const { department, name } of rows) holders.set(department, [...(holders.get(department) ?? []), name]);
  return holders;
}

/** @returns whether it is new */
export async function giveRole(trx: Knex, { staff, role, department }: RoleOf): Promise<boolean> {
  const given = await trx('staff_role')
    .insert({ staff_id: staff, role, department_id: department })
    .onConflict()
    .ignore()
    .returning('staff_id');
  return given.length > 0;
}

/** Somebody who may do less is signed out: what is open in a browser was drawn for more. @returns whether they had it */
export async function takeRole(trx: Knex, { staff, role, department }: RoleOf): Promise<boolean> {
  const taken = await trx('staff_role')
    .where({ staff_id: staff, role })
    .whereRaw('department_id is not distinct from ?::uuid', [department])
    .delete();
  if (taken > 0) await endStaffSessions(trx, { staff });
  return taken > 0;
}

/** Who can sign in here. */
export interface SignIns {
  /** Demo accounts can. */
  demo: boolean;
  /** Those by whom the university signs people in. */
  issuers: string[];
}

/**
 * Whether nobody else could keep up accounts any more: the others have left, lost the role, or have neither a password nor a
 * sign-in by the university. Holds everybody else who is about to ask the same until the transaction ends.
 */
export async function isLastAdmin(trx: Knex, staff: string, { demo, issuers }: SignIns): Promise<boolean> {
  await trx.raw(`select pg_advisory_xact_lock(hashtextextended('admins of staff', 0))`);
  const admins: string[] = await trx('staff as s')
    .join('staff_role as r', (on) => on.on('r.staff_id', 's.id').andOnVal('r.role', 'admin'))
    .whereNull('s.left_at')
    .where((can) =>
      can
        .whereNotNull('s.password_hash')
        .orWhereRaw(
          `exists (select from staff_identity i where i.staff_id = s.id and rtrim(i.issuer, '/') = any (?::text[]))`,
          [issuers.map((issuer) => issuer.replace(/\/+$/, ''))],
        ),
    )
    .modify((query) => {
      if (!demo) query.where('s.demo', false);
    })
    .pluck('s.id');
  return admins.includes(staff) && admins.length === 1;
}
