import type { StaffRole } from '../../domain/staff-role.ts';
import { day, dayOf } from '../../domain/time.ts';
import { receivingKeys } from './departments.ts';

/** The demo's university: what a real office would enter as rows. */

export const university = {
  name_zh: '河北科技大学',
  name_en: 'Hebei University of Science and Technology',
  account_name: '河北科技大学信息化',
  // A gate of our own drawing; a university sets its own emblem.
  logo_svg: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" role="img" aria-label="校门">
<rect width="64" height="64" rx="14" fill="#1a5fb4"/>
<path d="M10 26 32 12l22 14v4H10zM14 32h8v22h-8zM42 32h8v22h-8z" fill="#fff"/>
<path d="M26 54V40a6 6 0 0 1 12 0v14z" fill="#9fc5f0"/>
</svg>`,
};

export const campus = { number: 1, name_zh: '校本部', name_en: 'Main campus', daily_capacity: 2000 };

export const gates = [
  { id: 'south', number: 0, name_zh: '南门', name_en: 'South gate' },
  { id: 'east', number: 1, name_zh: '东门', name_en: 'East gate' },
] as const;

export const gateIds: string[] = gates.map(({ id }) => id);

/** A day three weeks after the demo began, so that there is one to be seen. */
export const closedDay = (now: number) => ({
  day: dayOf(now + 21 * day),
  reason_zh: '校庆',
  reason_en: 'Anniversary of the university',
});

export const reasons = [
  { name_zh: '业务往来', name_en: 'Business' },
  { name_zh: '学术交流', name_en: 'Academic exchange' },
  { name_zh: '参观访问', name_en: 'Tour of the campus' },
  { name_zh: '求职面试', name_en: 'Job interview' },
  { name_zh: '送货维修', name_en: 'Delivery or repair' },
  { name_zh: '探亲访友', name_en: 'Visiting family or friends' },
  { name_zh: '其他', name_en: 'Other' },
];

/** One password for every demo login: it is printed on the launcher's screen and works in demo mode only. */
export const demoPassword = 'xiaomen-demo';

/** `.example` belongs to nobody. */
export const mailboxOf = (username: string): string => `${username}@university.example`;

const firstApprovers = ['information', 'computing', 'communication', 'mechanics', 'international'];

/** Two of them ask for more signatures than one: policies.ts. */
const headOf = ['information', 'chemistry', 'economics'];

/** Between them the two approvers cover every department, so that no demo visit waits for nobody. */
export const demoLogins: {
  username: string;
  name: string;
  does: string;
  departments: string[];
  /** Further roles; without a department one of the whole university. */
  roles?: { role: StaffRole; department?: string }[];
  isAdmin?: boolean;
  mayUnmask?: boolean;
}[] = [
  {
    username: 'approver',
    name: '赵敏',
    does: 'approves for 信息科学与工程学院, 机械工程学院, 国际合作与交流处',
    departments: firstApprovers,
  },
  {
    username: 'approver2',
    name: '刘洋',
    does: 'approves for every other department, 经济管理学院 and 后勤管理处 among them',
    departments: receivingKeys().filter((key) => !firstApprovers.includes(key)),
  },
  {
    username: 'admin',
    name: '陈静',
    does: 'sees every reservation, its workflow and the audit',
    departments: [],
    isAdmin: true,
    mayUnmask: true,
  },
  {
    username: 'head',
    name: '何建平',
    does: 'is the head of 信息科学与工程学院, 化学与制药工程学院 and 经济管理学院',
    departments: [],
    roles: headOf.map((department) => ({ role: 'head', department })),
  },
  {
    username: 'deputy',
    name: '孙丽',
    does: 'is the deputy there',
    departments: [],
    roles: headOf.map((department) => ({ role: 'deputy', department })),
  },
  {
    username: 'security',
    name: '周强',
    does: 'sits at the security desk',
    departments: [],
    roles: [{ role: 'security' }],
  },
  {
    username: 'host',
    name: '王建国',
    does: 'receives visitors in 信息科学与工程学院',
    departments: [],
    roles: [{ role: 'host', department: 'information' }],
  },
  { username: 'auditor', name: '吴昊', does: 'is the auditor', departments: [], roles: [{ role: 'auditor' }] },
];
