import { randomUUID } from 'node:crypto';
import { createStaff } from '../../store/staff/staff.ts';
import { staffBrowser } from '../staff-browser.ts';
import type { System } from '../system.ts';
import { VisitorBrowser } from '../visitor-browser.ts';
import type { BadForm } from './form.ts';
import { forgetTries, inHours, sendTo, staffAt } from './ground.ts';
import type { FieldRule } from './values.ts';

/** Forms about accounts of staff: an admin's, and one's own password. */

const name = { kind: 'text', max: 40 } as const;
const role = { kind: 'list' } as const;
const department = { kind: 'list', optional: true } as const;

const inDays = (days: number): string => inHours(24 * days).slice(0, 10);

let made = 0;
const password = 'the ginkgo beside the gate';
async function anAccount({ owner }: Pick<System, 'owner'>) {
  made += 1;
  const username = `somebody.${made}`;
  return { username, id: await createStaff(owner, { username, password, name: '王芳' }) };
}

export const accountOfStaffForms: BadForm[] = [
  {
    name: 'account of staff, new',
    async open(system) {
      const { send } = await staffAt(system, 'admin', '/admin/staff');
      const good = {
        name: '王芳',
        username: `new.${randomUUID().slice(0, 8)}`,
        role: 'approver',
        department: '',
        email: '',
      };
      const email = { kind: 'formatted', optional: true } as const;
      const fields = {
        name,
        username: { kind: 'formatted' },
        role: { ...role, optional: true },
        department,
        email,
      } as const;
      return {
        send,
        good,
        fields,
        together: [{ class: 'duplicate', change: { username: 'admin' }, at: 'field-username' }],
      };
    },
  },
  {
    name: 'account of staff, its name',
    async open(system) {
      const { id } = await anAccount(system);
      const { send } = await staffAt(system, 'admin', `/admin/staff/${id}/edits`);
      return { send, good: { name: '王方', unmask: '' }, fields: { name } };
    },
  },
  {
    name: 'account of staff, a role',
    async open(system) {
      const { id } = await anAccount(system);
      const { send } = await staffAt(system, 'admin', `/admin/staff/${id}/roles`);
      return { send, good: { role: 'host', department: '' }, fields: { role, department } };
    },
  },
  {
    name: 'delegation',
    async open(system) {
      const { username } = await anAccount(system);
      const { send } = await staffAt(system, 'approver', '/staff/standing-in/delegations');
      const days = (from: number, until: number) => ({ from_day: inDays(from), until_day: inDays(until) });
      return {
        send,
        good: { delegate: username, ...days(1, 3) },
        fields: { delegate: { kind: 'formatted' }, from_day: { kind: 'day' }, until_day: { kind: 'day' } },
        together: [
          { class: 'past', change: days(-2, 3), at: 'field-from_day' },
          { class: 'reversed', change: days(3, 2), at: 'field-until_day' },
          { class: 'far away', change: days(3, 600), at: 'field-until_day' },
          { class: 'duplicate', change: { delegate: 'approver' }, at: 'field-delegate' },
        ],
      };
    },
  },
  {
    name: 'assistant of somebody else',
    async open(system) {
      const [{ id }, { username }] = [await anAccount(system), await anAccount(system)];
      const { send } = await staffAt(system, 'admin', `/admin/staff/${id}/standing-in/assistants`);
      return { send, good: { assistant: username }, fields: { assistant: { kind: 'formatted' } } };
    },
  },
  {
    name: 'forgotten password',
    async open(system) {
      const { agent } = new VisitorBrowser(system);
      // Every other text is answered as a name that nobody has.
      const username: FieldRule = { kind: 'formatted', max: 64, only: ['empty', 'too long'] };
      return {
        send: sendTo(agent, '/staff/forgotten'),
        good: { username: 'approver' },
        fields: { username },
        before: () => forgetTries(system),
      };
    },
  },
  {
    name: 'staff password',
    async open(system) {
      const { username } = await anAccount(system);
      const agent = await staffBrowser(system.web, { username, password });
      const another = 'the gate beside the ginkgo';
      return {
        send: sendTo(agent, '/staff/password'),
        good: { present_password: password, password: another, password_again: another },
        fields: { present_password: { kind: 'password' }, password: { kind: 'password', max: 128 } },
        before: () => forgetTries(system),
      };
    },
  },
];
