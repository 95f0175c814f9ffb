import type { Knex } from 'knex';
import type { StaffRole } from '../../domain/staff-role.ts';
import { isUsername } from '../../domain/username.ts';
import { hashPassword, verifyPassword } from '../../platform/password.ts';

/** Approvers and admins. A person who has left keeps the row, for the audit, and can do nothing. */

export interface Staff {
  id: string;
  username: string;
  name: string;
  /** Holds the role. */
  isAdmin: boolean;
  /** Every role that they hold, wherever. */
  roles: StaffRole[];
  /** May see a full document number, with a reason, audited. */
  mayUnmask: boolean;
  /** Made by the demo data; refused outside demo mode. */
  demo: boolean;
  /** Somebody else knows the present one. */
  mustChangePassword: boolean;
  /** Logs in with an authenticator's app too. */
  secondFactor: boolean;
}

export interface NewStaff {
  username: string;
  /** Left out: they set the first one by a link. */
  password?: string;
  mustChangePassword?: boolean;
  name: string;
  isAdmin?: boolean;
  mayUnmask?: boolean;
  demo?: boolean;
  /** Departments that they approve for. */
  departments?: string[];
  /** Further roles; without a department one of the whole university. */
  roles?: { role: StaffRole; department?: string }[];
}

/** @returns the new staff member's id. The database refuses a name that is taken or malformed. */
export async function createStaff(db: Knex, staff: NewStaff): Promise<string> {
  const passwordHash = staff.password === undefined ? null : await hashPassword(staff.password);
  return db.transaction(async (trx) => {
    const [row] = await trx('staff')
      .insert({
        username: staff.username,
        password_hash: passwordHash,
        must_change_password: staff.mustChangePassword ?? false,
        name: staff.name,
        may_unmask: staff.mayUnmask ?? false,
        demo: staff.demo ?? false,
      })
      .returning('id');
    const approving = (staff.departments ?? []).map((department) => ({ role: 'approver' as const, department }));
    for (const { role, department } of [
      ...approving,
      ...(staff.isAdmin ? [{ role: 'admin' as const }] : []),
      ...(staff.roles ?? []),
    ]) {
      await trx('staff_role').insert({ staff_id: row.id, role, department_id: department ?? null });
    }
    return row.id as string;
  });
}

/** Whether `createStaff` failed because somebody else took the name in between. */
export const isUsernameClash = (error: unknown): boolean =>
  (error as { constraint?: string }).constraint === 'staff_username_key';

/**
 * The staff member with this name and password; for every other pair no more than whose account was tried.
 * The work is the same for a name nobody has. Demo logins exist in demo mode only.
 */
export async function verifyLogin(
  db: Knex,
  login: { username: string; password: string },
  allowed: { demo: boolean },
): Promise<{ ok: true; staff: Staff; hash: string } | { ok: false; account?: string }> {
  // A text that cannot be a name (schema: staff.username) is not looked up: PostgreSQL takes no NUL, for example.
  const row = isUsername(login.username)
    ? await db('staff as s')
        .where({ 's.username': login.username })
        .whereNull('s.left_at')
        .first('s.password_hash', db.raw(staffColumns))
    : undefined;
  const known = row && (allowed.demo || !row.demo) ? row : undefined;
  const right = await verifyPassword(login.password, known?.password_hash ?? nobodysHash);
  const staff = right && known && readStaff(known, allowed);
  if (staff) return { ok: true, staff, hash: known.password_hash };
  return { ok: false, ...(row && { account: row.id }) };
}

/** The same costs as a kept hash, made by no password. */
const nobodysHash = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** Ids of the departments that this staff member approves for. */
export async function departmentsOfStaff(db: Knex, staff: string): Promise<string[]> {
  return db('staff_role')
    .where({ staff_id: staff, role: 'approver' })
    .whereNotNull('department_id')
    .pluck('department_id');
}

/** The names behind ids, for people who look at what was done; also of those who left. */
export async function staffNames(db: Knex, ids: string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db('staff').whereIn('id', ids).select('id', 'name');
  return new Map(rows.map((row) => [row.id as string, row.name as string]));
}

export interface StaffRow {
  id: string;
  username: string;
  name: string;
  is_admin: boolean;
  roles: StaffRole[];
  may_unmask: boolean;
  demo: boolean;
  must_change_password: boolean;
  second_factor: boolean;
}

/** SQL: what is read of a staff member `s`. */
export const staffColumns = `s.id, s.username, s.name, s.is_admin, s.may_unmask, s.demo, s.must_change_password,
  array(select distinct m.role from staff_role m where m.staff_id = s.id order by m.role) as roles,
  exists (select from staff_second_factor f where f.staff_id = s.id and f.confirmed_at is not null) as second_factor`;

/** @returns nothing for a demo login where there are none. */
export function readStaff(row: StaffRow, allowed: { demo: boolean }): Staff | undefined {
  if (row.demo && !allowed.demo) return undefined;
  return {
    id: row.id,
    username: row.username,
    name: row.name,
    isAdmin: row.is_admin,
    roles: row.roles,
    mayUnmask: row.may_unmask,
    demo: row.demo,
    mustChangePassword: row.must_change_password,
    secondFactor: row.second_factor,
  };
}
