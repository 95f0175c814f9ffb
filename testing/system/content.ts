import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import type { DemoKeys } from '../../platform/keys.ts';
import { createStaff } from '../../store/staff.ts';

export const password = 'Open-the-gate-7';

/** Who can log in at /staff/login, all with `password`. */
export const staffOf = {
  /** Decides for 信息科学与工程学院. */
  approver: 'wang.jianguo',
  /** Decides for 后勤管理处. */
  otherApprover: 'li.na',
  admin: 'admin',
} as const;

export interface Content {
  campus: string;
  department: string;
  otherDepartment: string;
}

/** A small university: one campus with two gates, two departments, notices, and people who decide. */
export async function writeContent(owner: Knex, keys: DemoKeys): Promise<Content> {
  await owner('university').insert({
    name_zh: '河北科技大学',
    name_en: 'Hebei University of Science and Technology',
    account_name: '河北科技大学信息化',
    logo_svg: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 8V2h8v6H5V4H3v4z"/></svg>',
  });
  const campus = await insert(owner, 'campus', { number: 1, name_zh: '主校区', name_en: 'Main Campus' });
  const [south, east] = [keys.gates.south, keys.gates.east];
  if (!south || !east) throw new Error('No keys were made for the gates');
  for (const [id, number, zh, en, gate] of [
    ['south', 0, '南门', 'South Gate', south],
    ['east', 1, '东门', 'East Gate', east],
  ] as const) {
    await owner('gate').insert({
      ...{ id, campus_id: campus, number, name_zh: zh, name_en: en },
      ...{ identity_key: gate.identityKey, sealing_key: gate.sealingKey },
    });
  }
  const departmentOf = (zh: string, en: string) =>
    insert(owner, 'department', { campus_id: campus, name_zh: zh, name_en: en });
  const department = await departmentOf('信息科学与工程学院', 'School of Information Science and Engineering');
  const otherDepartment = await departmentOf('后勤管理处', 'Logistics Office');
  for (const [position, [zh, en]] of [
    ['业务往来', 'Business'],
    ['学术交流', 'Academic exchange'],
    ['探亲访友', 'Family or friends'],
  ].entries()) {
    await insert(owner, 'reason', { position, name_zh: zh, name_en: en });
  }
  await writeNotices(owner);
  await createStaff(owner, staff(staffOf.approver, '王建国', { departments: [department] }));
  await createStaff(owner, staff(staffOf.otherApprover, '李娜', { departments: [otherDepartment] }));
  await createStaff(owner, staff(staffOf.admin, '张敏', { isAdmin: true, mayUnmask: true }));
  return { campus, department, otherDepartment };
}

const staff = (username: string, name: string, more: object) => ({ username, name, password, demo: true, ...more });

async function insert(owner: Knex, table: string, row: object): Promise<string> {
  const [inserted] = await owner(table).insert(row).returning('id');
  return inserted.id as string;
}

async function writeNotices(owner: Knex): Promise<void> {
  for (const [kind, zh, en] of [
    ['terms', '用户协议', 'Terms of use'],
    ['filling', '隐私信息填写须知', 'Before you enter personal information'],
    ['privacy', '隐私政策', 'Privacy policy'],
    ['visiting', '访客须知', 'Notice to visitors'],
  ] as const) {
    const body = { body_zh: `${zh}的正文。`, body_en: `The text of: ${en}.` };
    await owner('notice').insert({
      ...{ kind, version: 1, title_zh: zh, title_en: en, ...body },
      text_hash: createHash('sha256').update(JSON.stringify(body)).digest(),
    });
  }
}
