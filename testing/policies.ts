import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { PolicyDocument } from '../domain/policy.ts';
import type { StaffRole } from '../domain/staff-role.ts';
import { type PolicyScope, publishPolicy } from '../store/approval/policy.ts';

/** Who approves, as an office would have said it. */

/** The next version of a policy. @returns its number */
export async function aPolicy(
  db: Knex,
  document: PolicyDocument | null,
  scope: PolicyScope = { department: null, channel: null },
): Promise<number> {
  const newest = await db('approval_policy_version as v')
    .join('approval_policy as p', 'p.id', 'v.policy_id')
    .where({ 'p.department_id': scope.department, 'p.channel': scope.channel })
    .max('v.version as version')
    .first();
  const after = newest?.version ?? 0;
  const published = await db.transaction((trx) => publishPolicy(trx, scope, { document, staff: null, after }));
  if (!published) throw new Error('Somebody else published a version');
  return published.version;
}

/** The id of the newest version of the university's policy for all visits. */
export async function newestVersion(db: Knex): Promise<string> {
  const newest = await db('approval_policy_version as v')
    .join('approval_policy as p', 'p.id', 'v.policy_id')
    .where({ 'p.department_id': null, 'p.channel': null })
    .orderBy('v.version', 'desc')
    .first('v.id');
  return newest.id;
}

/** A member of staff with these roles; a department of null: of the whole university. @returns the id */
export async function someStaff(
  owner: Knex,
  name: string,
  ...roles: [role: StaffRole, department: string | null][]
): Promise<string> {
  const id = randomUUID();
  await owner('staff').insert({ id, username: `s.${id.slice(0, 8)}`, password_hash: '-', name });
  for (const [role, department] of roles)
    await owner('staff_role').insert({ staff_id: id, role, department_id: department });
  return id;
}
