import { randomUUID } from 'node:crypto';
import { aPolicy } from '../policies.ts';
import { type Act, type Ground, posted } from './act.ts';
import { policiesOf } from './people.ts';

/** Somebody, an admin more often than not, moves the visit to a version of its policy: a new one, or any that there is. */
export async function movingPolicy({ system, office, random, reservation }: Ground): Promise<Act> {
  const { db, owner } = system;
  const scope = { department: office.department, channel: null };
  const isAnew = random.chance(0.6);
  const document = random.pick(policiesOf(office));
  const version = isAnew ? await aPolicy(owner, document, scope) : undefined;
  const versions: { id: string; version: number }[] = await db('approval_policy_version as v')
    .join('approval_policy as p', 'p.id', 'v.policy_id')
    .where({ 'p.department_id': scope.department, 'p.channel': null })
    .orderBy('v.version')
    .select('p.id', 'v.version');
  // The last ones, since the visits before this one went by the others.
  const to = version ?? random.pick(versions.slice(-4)).version;
  const who = random.chance(0.85) ? office.member('admin') : random.pick(office.members);
  const move = `${reservation} ${randomUUID()}`;
  return posted(who, `/admin/policies/${versions[0]?.id}/moves`, { batch: randomUUID(), to: String(to), move });
}
