import type { Knex } from 'knex';
import { type PolicyDocument, parsePolicy } from '../../domain/policy.ts';
import type { Channel } from '../../domain/reservation.ts';
import type { Transaction } from '../../platform/db.ts';

/** Policies and their versions, which never change. A policy is a department's, a channel's, both, or the university's. */

export interface PolicyInForce {
  /** The version's id. */
  version: string;
  document: PolicyDocument;
}

/**
 * What applies to a visit: the nearest department's own policy on the way up, for its channel before one for both, else
 * that of the university. A version without a document stands back for the next one.
 */
export async function policyInForce(
  db: Knex,
  { department, channel }: { department: string; channel: Channel },
): Promise<PolicyInForce> {
  const { rows } = await db.raw<{ rows: { id: string; document: unknown }[] }>(
    `with recursive way (id, parent_id, distance) as (
        select id, parent_id, 0 from department where id = :department
        union all
        select d.id, d.parent_id, w.distance + 1 from way w join department d on d.id = w.parent_id
      )
      select v.id, v.document from approval_policy p
      left join way w on w.id = p.department_id
      cross join lateral (select * from approval_policy_version v where v.policy_id = p.id
        order by v.version desc limit 1) v
      where (p.department_id is null or w.id is not null) and (p.channel is null or p.channel = :channel)
        and v.document is not null
      order by w.distance nulls last, p.channel nulls last limit 1`,
    { department, channel },
  );
  const [found] = rows;
  if (!found) throw new Error('The university has no policy');
  return { version: found.id, document: parsePolicy(found.document) };
}

/** Whose visits a policy is for; null: every department's, or both channels. */
export interface PolicyScope {
  department: string | null;
  channel: Channel | null;
}

/**
 * The next version, which applies to what is admitted from now on.
 *
 * @param after the newest version that its author saw, 0 for none
 * @returns undefined where somebody published another one meanwhile
 */
export async function publishPolicy(
  trx: Transaction,
  { department, channel }: PolicyScope,
  { document, staff, after }: { document: PolicyDocument | null; staff: string | null; after: number },
): Promise<{ policy: string; version: number } | undefined> {
  const scope = { department_id: department, channel };
  await trx('approval_policy').insert(scope).onConflict(['department_id', 'channel']).ignore();
  await trx.raw(`select pg_advisory_xact_lock(hashtextextended('publishing a policy', 0))`);
  const policy = await trx('approval_policy').where(scope).first('id');
  const newest = await trx('approval_policy_version').where({ policy_id: policy.id }).max('version as version').first();
  if ((newest?.version ?? 0) !== after) return undefined;
  const version = after + 1;
  await trx('approval_policy_version').insert({
    policy_id: policy.id,
    version,
    document: document && JSON.stringify(document),
    published_by: staff,
  });
  return { policy: policy.id, version };
}
