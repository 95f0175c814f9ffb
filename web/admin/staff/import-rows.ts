import { type StaffRole, staffRoles } from '../../../domain/staff-role.ts';
import { foldName, searchWord } from '../../../domain/text.ts';
import { translator } from '../../../platform/i18n.ts';
import { allDepartments } from '../../../store/content/content.ts';
import { takenUsernames } from '../../../store/staff/account.ts';
import type { WebDeps } from '../../deps.ts';
import type { SheetShape } from '../../sheets/headings.ts';
import type { SheetRow, WrongCell } from '../../sheets/sheet.ts';
import { readAddress } from './address.ts';
import { type RoleWish, readName, readRole, readUsername } from './form.ts';

/** A sheet of staff: a row for each person and role. A user name that stands in several rows is one person with several roles. */

export const staffColumns = ['name', 'username', 'role', 'department', 'email'] as const;
export type StaffRow = SheetRow<(typeof staffColumns)[number]>;

const usual: Record<(typeof staffColumns)[number], string> = {
  name: '姓名 名字 教职工姓名 员工姓名 name fullname',
  username: '用户名 工号 职工号 教工号 账号 帐号 登录名 username account staffnumber',
  role: '角色 权限 role',
  department: '部门 学院 单位 所属部门 所在部门 department',
  email: '邮箱 电子邮箱 电子邮件 邮件 邮箱地址 email mail',
};

/** A list as offices have it, and our own template in either language. */
export const staffShape: SheetShape<(typeof staffColumns)[number]> = {
  headings: Object.fromEntries(
    staffColumns.map((column) => [
      column,
      [
        ...usual[column].split(' '),
        ...[translator('zh-CN'), translator('en')].map((say) => say(`staff_admin.import.column.${column}`)),
      ],
    ]),
  ) as unknown as Record<(typeof staffColumns)[number], string[]>,
  needed: ['name', 'username'],
};

export interface NewPerson {
  name: string;
  username: string;
  roles: RoleWish[];
  /** Where their link goes by mail; '' is nowhere. */
  address: string;
}

export async function checkStaffRows(
  { db, settings }: Pick<WebDeps, 'db' | 'settings'>,
  rows: StaffRow[],
): Promise<{ people: NewPerson[]; wrong: WrongCell[] }> {
  const departments = await allDepartments(db);
  const taken = await takenUsernames(
    db,
    rows.map(({ username }) => readUsername(username).username),
  );
  const people = new Map<string, NewPerson>();
  const wrong: WrongCell[] = [];
  for (const row of rows) {
    const fields: Record<string, string> = {};
    const [{ username, problem: inUsername }, { name, problem: inName }] = [
      readUsername(row.username),
      readName(row.name),
    ];
    if (inUsername) fields.username = inUsername;
    else if (taken.has(username)) fields.username = 'field.username_taken';
    if (inName) fields.name = inName;
    const known = people.get(username);
    if (known && foldName(known.name) !== foldName(name)) fields.name = 'field.sheet_other_name';
    const { address = '', problem: inEmail } = readAddress(settings, row.email);
    if (inEmail) fields.email = inEmail;
    else if (known?.address && address && known.address !== address) fields.email = 'field.sheet_other_email';
    const named = departmentNamed(row.department, departments);
    if (named === undefined) fields.department = 'field.department_unknown';
    const { wish, fields: inRole } = readRole({ role: roleNamed(row.role), department: named ?? '' }, departments, {
      required: false,
    });
    Object.assign(fields, { ...inRole, ...fields });
    if (known?.roles.some((one) => one.role === wish?.role && one.department === wish?.department))
      fields.role ??= 'field.sheet_twice';
    if (known && !wish) fields.username ??= 'field.sheet_twice';
    for (const [column, problem] of Object.entries(fields)) wrong.push({ row: row.row, column, problem });
    const roles = [...(known?.roles ?? []), ...(wish ? [wish] : [])];
    people.set(username, { name, username, roles, address: known?.address || address });
  }
  return { people: [...people.values()], wrong };
}

const words = [translator('zh-CN'), translator('en')];

/** By its name in either language, or our own. What is no role stays, and is refused. */
function roleNamed(text: string): StaffRole | string {
  const said = searchWord(text);
  return (
    staffRoles.find((role) =>
      [role, ...words.map((t) => t(`staff_admin.roles.${role}`))].some((word) => searchWord(word) === said),
    ) ?? said
  );
}

/** Its id; '' for the whole university. Undefined: no department is called so, or several are. */
function departmentNamed(text: string, departments: Awaited<ReturnType<typeof allDepartments>>): string | undefined {
  const said = searchWord(text);
  if (said === '' || words.some((t) => searchWord(t('staff_admin.university')) === said)) return '';
  const found = departments.filter(({ name }) => Object.values(name).some((one) => searchWord(one) === said));
  return found.length === 1 ? found[0]?.id : undefined;
}
