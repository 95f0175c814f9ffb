import type { Request } from 'express';
import { type StaffRole, staffRoles } from '../../../domain/staff-role.ts';
import { findTextProblem, normaliseName } from '../../../domain/text.ts';
import { isUsername, normaliseUsername } from '../../../domain/username.ts';
import type { Department } from '../../../store/content/content.ts';
import { textsOf } from '../../form-value.ts';

/** What an office types of an account, read: its names, and a role with its scope. */

export const nameLimit = 40;
const textProblems = { empty: 'field.name_empty', long: 'field.too_long', characters: 'field.characters' } as const;

/** @returns the problem as a catalogue key */
export function readName(typed: string): { name: string; problem?: string } {
  const name = normaliseName(typed);
  const problem = findTextProblem(name, { max: nameLimit, required: true });
  return problem ? { name, problem: textProblems[problem] } : { name };
}

export function readUsername(typed: string): { username: string; problem?: string } {
  const username = normaliseUsername(typed);
  if (username === '') return { username, problem: 'field.username_empty' };
  return isUsername(username) ? { username } : { username, problem: 'field.username_format' };
}

/** Roles that are held for the whole university, or not at all. */
export const ofUniversity: readonly StaffRole[] = ['admin', 'auditor'];

export interface RoleWish {
  role: StaffRole;
  department: string | null;
}

export const roleFields = ['role', 'department'] as const;
export const typedRole = (req: Request) => textsOf(req.body, roleFields);

/** A role for a department, '' for the whole university. Undefined: neither was chosen, and it may be left out. */
export function readRole(
  typed: { role: string; department: string },
  departments: Pick<Department, 'id'>[],
  { required }: { required: boolean },
): { wish?: RoleWish; fields: Record<string, string> } {
  if (typed.role === '' && typed.department === '' && !required) return { fields: {} };
  const role = staffRoles.find((one) => one === typed.role);
  if (!role) return { fields: { role: 'field.choose' } };
  if (typed.department === '') return { wish: { role, department: null }, fields: {} };
  if (!departments.some(({ id }) => id === typed.department)) return { fields: { department: 'field.choose' } };
  if (ofUniversity.includes(role)) return { fields: { department: 'field.role_of_university' } };
  return { wish: { role, department: typed.department }, fields: {} };
}
