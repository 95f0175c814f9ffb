import type { Knex } from 'knex';
import type { StaffRole } from '../../domain/staff-role.ts';
import { foldName } from '../../domain/text.ts';
import { normaliseUsername } from '../../domain/username.ts';
import { type Localized, localized } from '../content/content-cache.ts';
import { linkMailFailed } from './link-mail.ts';

/** Accounts of staff as an office sees them: who there is, with which roles, and how they log in. */

export interface HeldRole {
  role: StaffRole;
  /** Null: of the whole university. */
  department: { id: string; name: Localized } | null;
  since: Date;
}

export interface StaffAccount {
  id: string;
  username: string;
  name: string;
  leftAt: Date | null;
  mayUnmask: boolean;
  demo: boolean;
  secondFactor: boolean;
  /** False: they have to set a password by a link first. */
  hasPassword: boolean;
  /** The mail with their link was refused or came back. */
  linkMailFailed: boolean;
  roles: HeldRole[];
}

export interface StaffFilter {
  left: boolean;
  /** Part of the name or of the user name. */
  term?: string;
  role?: StaffRole;
  department?: string;
}

/** `foldName` in PostgreSQL, of a name as it is kept, in small letters. */
const foldedName = `lower(translate(s.name, ' ·•‧・∙⋅-’‘''', ''))`;

/** By user name, so many at most. @param page.after the id of the last one on the page before */
export async function listStaff(
  db: Knex,
  filter: StaffFilter,
  page: { limit: number; after?: string },
): Promise<{ lines: StaffAccount[]; next?: string }> {
  const rows = await accounts(db)
    .whereRaw(filter.left ? 's.left_at is not null' : 's.left_at is null')
    .modify((query) => {
      const { term, role, department } = filter;
      const holds = (column: 'role' | 'department_id', value: string) =>
        query.whereExists(db('staff_role as h').whereRaw('h.staff_id = s.id').where(`h.${column}`, value));
      if (term)
        query.whereRaw(`(strpos(${foldedName}, nullif(?, '')) > 0 or strpos(s.username, nullif(?, '')) > 0)`, [
          foldName(term).replaceAll("'", '').toLowerCase(),
          normaliseUsername(term),
        ]);
      if (role && department)
        query.whereExists(
          db('staff_role as h').whereRaw('h.staff_id = s.id').where({ 'h.role': role, 'h.department_id': department }),
        );
      else if (role) holds('role', role);
      else if (department) holds('department_id', department);
      if (page.after) query.whereRaw('s.username > (select username from staff where id = ?)', [page.after]);
    })
    .orderBy('s.username')
    .limit(page.limit + 1);
  const lines = rows.slice(0, page.limit).map(readAccount);
  const last = lines.at(-1);
  return rows.length > page.limit && last ? { lines, next: last.id } : { lines };
}

export async function findStaffAccount(db: Knex, id: string): Promise<StaffAccount | undefined> {
  const row = await accounts(db).where('s.id', id).first();
  return row && readAccount(row);
}

export async function isUsernameTaken(db: Knex, username: string): Promise<boolean> {
  return (await db('staff').where({ username }).first('id')) !== undefined;
}

/** Which of these user names stand already, also those of people who left. */
export async function takenUsernames(db: Knex, usernames: string[]): Promise<Set<string>> {
  return new Set(
    await db('staff')
      .whereIn(
        'username',
        usernames.filter((one) => !one.includes('\0')),
      )
      .pluck<string[]>('username'),
  );
}

export async function editStaff(trx: Knex, id: string, to: { name: string; mayUnmask: boolean }): Promise<void> {
  await trx('staff').where({ id }).update({ name: to.name, may_unmask: to.mayUnmask });
}

const accounts = (db: Knex) =>
  db('staff as s').select('s.id', 's.username', 's.name', 's.left_at', 's.may_unmask', 's.demo', {
    has_password: db.raw('s.password_hash is not null'),
    link_mail_failed: db.raw(linkMailFailed),
    second_factor: db.raw(
      'exists (select from staff_second_factor f where f.staff_id = s.id and f.confirmed_at is not null)',
    ),
    roles: db.raw(`(select coalesce(jsonb_agg(jsonb_build_object('role', r.role, 'since', r.since,
      'id', d.id, 'name_zh', d.name_zh, 'name_en', d.name_en) order by r.department_id nulls first, r.role), '[]')
      from staff_role r left join department d on d.id = r.department_id where r.staff_id = s.id)`),
  });

interface RoleRow {
  role: StaffRole;
  since: string;
  id: string | null;
  name_zh: string;
  name_en: string;
}

// biome-ignore lint/suspicious/noExplicitAny: a row as the database gives it
function readAccount(row: any): StaffAccount {
  return {
    id: row.id,
    username: row.username,
    name: row.name,
    leftAt: row.left_at,
    mayUnmask: row.may_unmask,
    demo: row.demo,
    secondFactor: row.second_factor,
    hasPassword: row.has_password,
    linkMailFailed: row.link_mail_failed,
    roles: row.roles.map(({ role, since, id, ...names }: RoleRow) => ({
      role,
      since: new Date(since),
      department: id === null ? null : { id, name: localized({ ...names }, 'name') },
    })),
  };
}
