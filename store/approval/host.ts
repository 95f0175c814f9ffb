import type { Knex } from 'knex';
import type { PolicyStep } from '../../domain/policy.ts';
import { foldName } from '../../domain/text.ts';

/** Who hosts a visit: known by the name that the visitor gave, and by nothing else. */

interface Named {
  department: string;
  /** As the visitor typed it; undefined: none was asked for. */
  host: string | undefined;
}

/** The one member of staff of exactly this name with a role in the department. */
export async function findHostAccount(db: Knex, { department, host }: Named): Promise<string | undefined> {
  if (host === undefined) return undefined;
  const staff = await db('staff as s')
    .join('staff_role as r', 'r.staff_id', 's.id')
    .where('r.department_id', department)
    .whereNull('s.left_at')
    .distinct<{ id: string; name: string }[]>('s.id', 's.name');
  const found = staff.filter(isNamed(host));
  return found.length === 1 ? found[0]?.id : undefined;
}

/**
 * Members of staff who sign nothing but the host's own place, ids: where a visit needs two signatures or more, its host is
 * none of them unless asked as the host. Where the department knows nobody of the name, or several, this is everybody of
 * that name.
 */
export async function hostsKeptOut(
  db: Knex,
  steps: readonly Pick<PolicyStep, 'need'>[],
  named: Named,
): Promise<string[]> {
  const signatures = steps.reduce((sum, { need }) => sum + need, 0);
  if (signatures < 2 || named.host === undefined) return [];
  const account = await findHostAccount(db, named);
  if (account) return [account];
  const staff = await db('staff').whereNull('left_at').select<{ id: string; name: string }[]>('id', 'name');
  return staff
    .filter(isNamed(named.host))
    .map(({ id }) => id)
    .toSorted();
}

const isNamed = (host: string) => {
  const wanted = foldName(host);
  return ({ name }: { name: string }) => foldName(name) === wanted;
};
