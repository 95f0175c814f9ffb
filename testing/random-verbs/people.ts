import type { PolicyDocument } from '../../domain/policy.ts';
import { createStaff } from '../../store/staff/staff.ts';
import { staffBrowser } from '../staff-browser.ts';
import { type System, staffLogins } from '../system.ts';

/** Everybody of a department who might do something about a visit, signed in, and the policies it may go by. */

export type Agent = Awaited<ReturnType<typeof staffBrowser>>;

export interface Member {
  name: string;
  username: string;
  id: string;
  agent: Agent;
}

export interface Office {
  department: string;
  /** Another one, with an approver of its own. */
  elsewhere: string;
  members: Member[];
  member(name: string): Member;
}

const { password } = staffLogins.approver;

export async function anOffice(system: System): Promise<Office> {
  const idOf = async (name_zh: string) => (await system.owner('department').where({ name_zh }).first()).id as string;
  const [department, elsewhere] = [await idOf('信息科学与工程学院'), await idOf('后勤管理处')];
  const roles = {
    colleague: [{ role: 'approver', department }],
    head: [{ role: 'head', department }],
    deputy: [{ role: 'deputy', department }],
    reception: [{ role: 'reception', department }],
    host: [{ role: 'host', department }],
    auditor: [{ role: 'auditor' }],
    delegate: [],
    assistant: [],
    stranger: [],
  } as const;
  const members: Member[] = [];
  const signIn = async (name: string, username: string) => {
    const { id } = await system.owner('staff').where({ username }).first();
    members.push({ name, username, id, agent: await staffBrowser(system.web, { username, password }) });
  };
  for (const [name, held] of Object.entries(roles)) {
    await createStaff(system.owner, { username: `one-${name}`, password, name, roles: [...held] });
    await signIn(name, `one-${name}`);
  }
  const known = { approver: 'approver', other: 'approver2', security: 'security', admin: 'admin' };
  for (const [name, username] of Object.entries(known)) await signIn(name, username);
  const member = (name: string) => {
    const found = members.find((one) => one.name === name);
    if (!found) throw new Error(`Nobody is the ${name}`);
    return found;
  };
  return { department, elsewhere, members, member };
}

const role = (name: 'approver' | 'head' | 'security' | 'deputy') => ({ role: name });

/** Of every shape: one after another, in parallel, some of several, named people, the host, asked twice. */
export function policiesOf({ member }: Office): PolicyDocument[] {
  const person = { person: member('colleague').id };
  const one = { signers: [role('approver')], need: 1 };
  return [
    { steps: [one], once: true },
    { steps: [one, { signers: [role('head')], need: 1 }], once: true },
    { steps: [{ signers: [role('approver'), role('head'), role('security')], need: 2 }], once: true },
    {
      steps: [
        { signers: [role('approver'), role('head')], need: 2 },
        { signers: [role('security')], need: 1 },
      ],
      once: true,
    },
    { steps: [{ signers: [role('approver'), role('approver')], need: 2 }], once: true },
    { steps: [{ signers: [person, role('deputy')], need: 1 }, one], once: true },
    { steps: [one, one], once: false },
    { steps: [{ signers: [{ host: true as const }], need: 1 }, one], once: true },
  ];
}
